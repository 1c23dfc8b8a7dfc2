import type { EnvelopePart, ObservedState } from "@deltaseal/guard/change"
import { openContent } from "@/lib/changes/content-seal"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { idBefore } from "@/lib/kernel/id"

/** An approval of one part that people gave lately, by a key that lives, and what its target holds now. */
export type Source = Readonly<{
  approvalId: string
  callId: string
  runId: string
  server: string
  name: string
  version: string
  agentReason: string | null
  publicId: string
  secretMac: Buffer
  addresses: readonly string[]
  /** Whether its agent presents run tokens. */
  withToken: boolean
  part: EnvelopePart
  /** Null where nothing is known of it. */
  standing: ObservedState | null
}>

/** So many are looked at, and none that is larger: a canary has to be readable at a glance. */
const sourcesMax = 50
const bytesMax = 32 * 1024
const lately = 30 * 24 * 60 * 60 * 1_000

/** The latest approvals that a canary can be made of. */
export async function findSources(db: TenantDb, now: number): Promise<readonly Source[]> {
  const { rows } = await db.sql<Source>`
    SELECT a.approval_id AS "approvalId", a.call_id AS "callId", a.run_id AS "runId", c.server, c.name, c.version,
      c.agent_reason AS "agentReason", k.public_id AS "publicId", k.secret_mac AS "secretMac", k.addresses,
      EXISTS (
        SELECT FROM audit_leaf l
        WHERE l.tenant_id = a.tenant_id AND l.approval_id = a.approval_id AND l.type = 'tool_call.pending'
          AND convert_from(l.leaf, 'UTF8')::jsonb -> 'fields' ? 'tokenId') AS "withToken",
      jsonb_build_object(
        'kind', p.kind, 'op', p.op, 'target', p.target, 'before', p.before_state, 'after', p.after_state) AS part,
      s.state AS standing
    FROM approval a
    JOIN tool_call c ON c.tenant_id = a.tenant_id AND c.call_id = a.call_id AND NOT c.dry_run AND NOT c.taints
    JOIN run r ON r.tenant_id = a.tenant_id AND r.run_id = a.run_id AND r.tainted_at IS NULL
    JOIN api_key k ON k.tenant_id = a.tenant_id AND k.key_id = a.key_id AND k.revoked_at IS NULL
      AND k.expires_at > clock_timestamp()
    JOIN change_part p ON p.tenant_id = a.tenant_id AND p.call_id = a.call_id AND p.position = 1
      AND p.kind IN ('file', 'record', 'config', 'message') AND p.after_state ->> 'state' = 'present'
      AND greatest((p.before_state ->> 'bytes')::int, (p.after_state ->> 'bytes')::int) <= ${bytesMax}
    LEFT JOIN target_state s ON s.tenant_id = a.tenant_id AND s.target_key = p.target_key
    WHERE a.tenant_id = ${db.tenantId} AND a.approval_id > ${idBefore("approval", now - lately)}
      AND a.decided_at IS NOT NULL AND a.status IN ('approved', 'consumed', 'expired')
      AND a.plan_id IS NULL AND a.derived_as IS NULL
      AND NOT EXISTS (
        SELECT FROM change_part other
        WHERE other.tenant_id = a.tenant_id AND other.call_id = a.call_id AND other.position = 2)
      AND EXISTS (
        SELECT FROM vote v
        WHERE v.tenant_id = a.tenant_id AND v.approval_id = a.approval_id AND v.decision = 'approve')
      AND EXISTS (
        SELECT FROM membership m JOIN tenant t ON t.agency_id = m.agency_id
        WHERE m.person_id = r.operator_id AND m.ended_at IS NULL AND t.tenant_id = a.tenant_id
          AND (m.tenant_id IS NULL OR m.tenant_id = t.tenant_id))
      AND NOT EXISTS (SELECT FROM canary y WHERE y.tenant_id = a.tenant_id AND y.approval_id = a.approval_id)
    ORDER BY a.approval_id DESC LIMIT ${sourcesMax}`

  return rows
}

/**
 * The contents of a part by their digests.
 *
 * @throws AppError `internal` when one is gone or does not open
 */
export async function readContents(
  db: TenantDb,
  { before, after }: EnvelopePart,
): Promise<(digest: string) => Uint8Array> {
  const digests = [before, after].flatMap((state) => (state.state === "present" ? [state.digest] : []))
  const { rows } = await db.sql<{ digest: string; wrappedKey: Buffer; sealed: Buffer }>`
    SELECT digest, wrapped_key AS "wrappedKey", sealed FROM blob
    WHERE tenant_id = ${db.tenantId} AND digest = ANY (${digests}::text[])`
  const contents = new Map(rows.map((blob) => [blob.digest, openContent(db.tenantId, blob.digest, blob)]))

  return (digest) => {
    const bytes = contents.get(digest)
    if (bytes === undefined) throw new AppError("internal", "The content of a part is missing.")
    return bytes
  }
}
