import type { EnvelopePart } from "@deltaseal/guard/change"
import { runsOf, type Actor } from "@/lib/access/actor"
import { openContent } from "@/lib/changes/content-seal"
import { leavesTheSame, type ProposedPart } from "@/lib/changes/interdiff"
import type { ReadDb } from "@/lib/db/read-db"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import type { ApprovalStatus } from "./approval"
import type { EarlierApproval, PartInterdiff } from "./interdiff.schema"

/** One part as it is asked for now and as it was before; `why` it cannot be compared. Contents that are the same are not read. */
export type AskedTwice = Readonly<{
  position: number
  earlierApprovalId: string
  earlier: ProposedPart
  now: ProposedPart
  why: PartInterdiff["why"]
}>

/** All contents of one interdiff together; what comes after that is not compared, and says so. */
export const interdiffBytesMax = 8 * 1024 * 1024

/** So far back the last decided request for a target is looked for. */
const requestsMax = 50

/** What was asked for the targets of an approval before, with its contents. Asked in three statements, however many parts. */
export const askedBefore = query(
  "approval:read",
  async (
    { actor, db },
    approvalId: string,
  ): Promise<Readonly<{ earlier: EarlierApproval[]; parts: AskedTwice[] }>> => {
    const approval = await db.approval.findFirst({
      where: { approvalId, call: { run: runsOf(actor) } },
      select: { tenantId: true, callId: true },
    })
    if (approval === null) throw new AppError("not_found")

    const rows = await findEarlier(db, actor, approval)
    const contents = await readContents(db, approval.tenantId, rows)
    return { earlier: earlierOf(rows), parts: rows.map((row) => askedTwice(row, contents)) }
  },
)

type Part = Pick<EnvelopePart, "kind" | "target" | "before" | "after">
type Row = Readonly<{
  position: number
  now: Part
  earlier: Part
  earlierApprovalId: string
  runId: string
  status: ApprovalStatus
  requestedAt: Date
  decidedAt: Date | null
  endedBecause: string | null
  votes: EarlierApproval["votes"]
}>

/**
 * For each part the last request for its target that people decided, else the
 * last one, within the last few; of those that this actor may know of. What was
 * asked for as a test was never to be, and is no earlier version of anything.
 */
async function findEarlier(
  db: ReadDb,
  actor: Actor,
  { tenantId, callId }: Readonly<{ tenantId: string; callId: string }>,
): Promise<Row[]> {
  const environments = actor.kind === "key" ? [...actor.environments] : null
  const onlyRunId = actor.kind === "key" ? (actor.token?.runId ?? null) : null

  return db.$queryRaw<Row[]>`
    SELECT p.position, jsonb_build_object(
        'kind', p.kind, 'target', p.target, 'before', p.before_state, 'after', p.after_state) AS now,
      jsonb_build_object('kind', e.kind, 'target', e.target, 'before', e.before_state, 'after', e.after_state) AS earlier,
      e.approval_id AS "earlierApprovalId", e.run_id AS "runId", e.status, e.requested_at AS "requestedAt",
      e.decided_at AS "decidedAt", e.ended_because AS "endedBecause", coalesce((
        SELECT jsonb_agg(jsonb_build_object(
          'personId', v.person_id, 'name', w.name, 'decision', v.decision, 'reason', v.reason, 'at', v.voted_at,
          'onBehalfOf', v.on_behalf_of, 'onBehalfOfName', o.name, 'selfReviewed', v.self_reviewed)
          ORDER BY v.voted_at)
        FROM vote v JOIN person w ON w.person_id = v.person_id
        LEFT JOIN person o ON o.person_id = v.on_behalf_of
        WHERE v.tenant_id = ${tenantId} AND v.approval_id = e.approval_id), '[]') AS votes
    FROM change_part p
    CROSS JOIN LATERAL (
      SELECT q.kind, q.target, q.before_state, q.after_state, a.approval_id, a.run_id, approval_status_now(a) AS status,
        a.requested_at, a.decided_at, a.ended_because
      FROM (
        SELECT * FROM change_part
        WHERE tenant_id = ${tenantId} AND target_key = p.target_key AND kind IN ('file', 'record', 'config')
          AND call_id < ${callId}
        ORDER BY call_id DESC LIMIT ${requestsMax}
      ) q
      JOIN approval a ON a.tenant_id = ${tenantId} AND a.call_id = q.call_id
      JOIN run r ON r.tenant_id = ${tenantId} AND r.run_id = a.run_id
      WHERE (${environments}::text[] IS NULL OR r.environment = ANY (${environments}::text[]))
        AND (${onlyRunId}::text IS NULL OR r.run_id = ${onlyRunId}::text)
        AND NOT EXISTS (
          SELECT FROM canary y WHERE y.tenant_id = ${tenantId} AND y.approval_id = a.approval_id)
      ORDER BY a.decided_at IS NULL, q.call_id DESC
      LIMIT 1
    ) e
    WHERE p.tenant_id = ${tenantId} AND p.call_id = ${callId} AND p.kind IN ('file', 'record', 'config')
    ORDER BY p.position`
}

/** Each earlier request once, newest first. */
function earlierOf(rows: readonly Row[]): EarlierApproval[] {
  const { origin } = runtime().config
  const earlier = new Map<string, EarlierApproval>()
  for (const {
    earlierApprovalId: approvalId,
    runId,
    status,
    requestedAt,
    decidedAt,
    endedBecause,
    votes,
  } of rows) {
    earlier.set(approvalId, {
      approvalId,
      runId,
      status,
      requestedAt: requestedAt.toISOString(),
      decidedAt: decidedAt?.toISOString() ?? null,
      endedBecause,
      votes: votes.map((vote) => ({ ...vote, at: new Date(vote.at).toISOString() })),
      reviewUrl: `${origin}/approvals/${approvalId}`,
    })
  }

  return [...earlier.values()].sort((a, b) => (a.approvalId < b.approvalId ? 1 : -1))
}

type Contents = Readonly<{ read: ReadonlyMap<string, Uint8Array>; tooLarge: ReadonlySet<number> }>

/** The contents of parts that differ, in order, as far as there is room. */
async function readContents(db: ReadDb, tenantId: string, rows: readonly Row[]): Promise<Contents> {
  let left = interdiffBytesMax
  const [wanted, tooLarge] = [new Set<string>(), new Set<number>()]
  for (const { position, earlier, now } of rows) {
    if (leavesTheSame(earlier, now)) continue
    const states = [earlier.after, now.after].filter((state) => state.state === "present")
    const bytes = states.reduce((sum, state) => sum + state.bytes, 0)
    if (bytes > left) {
      tooLarge.add(position)
      continue
    }
    left -= bytes
    for (const { digest } of states) wanted.add(digest)
  }

  const blobs = await db.blob.findMany({ where: { tenantId, digest: { in: [...wanted] } } })
  return {
    read: new Map(blobs.map((blob) => [blob.digest, openContent(tenantId, blob.digest, blob)])),
    tooLarge,
  }
}

function askedTwice(row: Row, { read, tooLarge }: Contents): AskedTwice {
  const { position, earlierApprovalId } = row
  const [earlier, now] = [withBytes(row.earlier, read), withBytes(row.now, read)]
  if (leavesTheSame(earlier, now)) return { position, earlierApprovalId, earlier, now, why: null }

  const isErased = [earlier, now].some(
    ({ after, afterBytes }) => after.state === "present" && afterBytes === null,
  )
  const whyMissing = isErased ? "erased" : null
  return { position, earlierApprovalId, earlier, now, why: tooLarge.has(position) ? "too_large" : whyMissing }
}

function withBytes(part: Part, read: Contents["read"]): ProposedPart {
  const { after } = part
  return { ...part, afterBytes: after.state === "present" ? (read.get(after.digest) ?? null) : null }
}
