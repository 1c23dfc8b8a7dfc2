import { sha256Hex } from "@deltaseal/guard/change"
import { openContent } from "@/lib/changes/content-seal"
import type { TenantDb } from "@/lib/db/tenant-db"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import type { RecordedCall } from "./recorded-call"
import { takingTurns } from "./turns"

/** Some calls of a tenant, in the order of their ids, which is that of their making. */
export type CallRange = Readonly<{
  /** Of this run only. */
  runId?: string
  /** This one only. */
  callId?: string
  after: string
  until: string
  limit: number
}>

/** What is read at once, of sealed facts: an input may be long. */
const bytesMax = 2 * 1_024 * 1_024

/**
 * Calls of a range, fewer than its limit where they are long; at least one while
 * there is one. What turned out to be a test is explained where it is asked for,
 * and is no work of an agent otherwise.
 */
export async function recordedCalls(db: TenantDb, range: CallRange): Promise<readonly RecordedCall[]> {
  const { rows } = await db.sql<Row>`
    WITH page AS MATERIALIZED (
      SELECT c.*, coalesce(sum(b.bytes) OVER (ORDER BY c.call_id), 0) - coalesce(b.bytes, 0) AS bytes_before
      FROM (
        SELECT * FROM tool_call
        WHERE tenant_id = ${db.tenantId} AND call_id > ${range.after} AND call_id < ${range.until}
          AND run_id = coalesce(${range.runId ?? null}::text, run_id)
          AND call_id = coalesce(${range.callId ?? null}::text, call_id)
          AND (${range.runId ?? range.callId ?? null}::text IS NOT NULL OR NOT EXISTS (
            SELECT FROM canary y
            WHERE y.tenant_id = tool_call.tenant_id AND y.call_id = tool_call.call_id AND y.ended_at IS NOT NULL))
        ORDER BY call_id LIMIT ${range.limit}
      ) AS c
      LEFT JOIN blob b ON b.tenant_id = c.tenant_id AND b.digest = c.facts_digest
    )
    SELECT p.call_id AS "callId", p.run_id AS "runId", a.approval_id AS "approvalId", a.required, p.server, p.name, p.version,
      p.decision, p.reasons, p.matched_rule AS rule, p.checks, p.policy_version AS "policyVersion",
      p.requested_at AS "requestedAt", p.facts_digest AS digest, b.wrapped_key AS "wrappedKey", b.sealed
    FROM page p
    LEFT JOIN blob b ON b.tenant_id = p.tenant_id AND b.digest = p.facts_digest
    LEFT JOIN approval a ON a.tenant_id = p.tenant_id AND a.call_id = p.call_id
    WHERE p.bytes_before < ${bytesMax}
    ORDER BY p.call_id`

  const othersTurn = takingTurns()
  const calls: RecordedCall[] = []
  for (const row of rows) {
    calls.push(opened(db.tenantId, row))
    await othersTurn()
  }
  return calls
}

function opened(tenantId: string, { checks, digest, wrappedKey, sealed, ...row }: Row): RecordedCall {
  return {
    ...row,
    checks: checks === null ? null : (JSON.parse(checks) as RecordedCall["checks"]),
    facts: digest === null ? null : factsIn(tenantId, digest, { wrappedKey, sealed }),
  }
}

/** How many calls there are between two ids. */
export async function countCalls(
  db: TenantDb,
  { after, until }: Pick<CallRange, "after" | "until">,
): Promise<number> {
  const { rows } = await db.sql<{ calls: number }>`
    SELECT count(*)::int AS calls FROM tool_call
    WHERE tenant_id = ${db.tenantId} AND call_id > ${after} AND call_id < ${until}
      AND NOT EXISTS (
        SELECT FROM canary y
        WHERE y.tenant_id = tool_call.tenant_id AND y.call_id = tool_call.call_id AND y.ended_at IS NOT NULL)`

  return rows[0]?.calls ?? 0
}

type Row = Omit<RecordedCall, "checks" | "facts"> &
  Readonly<{ checks: string | null; digest: string | null; wrappedKey: Buffer | null; sealed: Buffer | null }>

/** What was erased, and what is not what was recorded, is gone. */
function factsIn(
  tenantId: string,
  digest: string,
  { wrappedKey, sealed }: Pick<Row, "wrappedKey" | "sealed">,
): PolicyFacts | "gone" {
  if (wrappedKey === null || sealed === null) return "gone"

  try {
    const bytes = openContent(tenantId, digest, { wrappedKey, sealed })
    // Our own canonical bytes, which were strict when they were recorded.
    return sha256Hex(bytes) === digest ? (JSON.parse(bytes.toString("utf8")) as PolicyFacts) : "gone"
  } catch {
    return "gone"
  }
}
