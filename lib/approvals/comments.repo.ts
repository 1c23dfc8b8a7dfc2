import type { TenantDb } from "@/lib/db/tenant-db"

/** How much was said: by this person within a minute, and about this approval ever. */
export type CommentCounts = Readonly<{ lately: number; here: number; retryAfterSeconds: number }>

/** Counts under a lock of the person's, so that many comments at once count one another. */
export async function countComments(
  db: TenantDb,
  { personId, approvalId }: Readonly<{ personId: string; approvalId: string }>,
): Promise<CommentCounts> {
  await db.sql`SELECT pg_advisory_xact_lock(hashtextextended('deltaseal/comment/' || ${personId}::text, 0))`
  const { rows } = await db.sql<CommentCounts>`
    SELECT count(*)::int AS lately,
      (SELECT count(*)::int FROM approval_comment
        WHERE tenant_id = ${db.tenantId} AND approval_id = ${approvalId}) AS here,
      coalesce(ceil(60 - extract(epoch FROM clock_timestamp() - min(said_at))), 0)::int AS "retryAfterSeconds"
    FROM approval_comment
    WHERE tenant_id = ${db.tenantId} AND person_id = ${personId}
      AND said_at > clock_timestamp() - interval '1 minute'`

  return rows[0] ?? { lately: 0, here: 0, retryAfterSeconds: 0 }
}

export async function insertComment(
  db: TenantDb,
  comment: Readonly<{
    commentId: string
    approvalId: string
    personId: string
    sessionId: string
    text: string
  }>,
): Promise<Readonly<{ at: Date }> | null> {
  const { rows } = await db.sql<{ at: Date }>`
    INSERT INTO approval_comment (tenant_id, comment_id, approval_id, person_id, session_id, text, said_at)
    VALUES (${db.tenantId}, ${comment.commentId}, ${comment.approvalId}, ${comment.personId}, ${comment.sessionId},
      ${comment.text}, clock_timestamp())
    RETURNING said_at AS at`

  return rows[0] ?? null
}
