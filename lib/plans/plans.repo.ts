import type { VoteDecision } from "@/lib/approvals/approval"
import type { RecentEdit } from "@/lib/approvals/recent-edit"
import type { SealedContent } from "@/lib/changes/content-seal"
import { hotJson } from "@/lib/db/hot-call"
import type { TenantDb } from "@/lib/db/tenant-db"
import type { ErrorCode } from "@/lib/errors/app-error"
import { keyArguments, type KeyCredential } from "@/lib/keys/credential"
import type { Idempotency, PriorCreate } from "@/lib/operations/idempotency"
import { newId, newSalts } from "@/lib/operations/new-id"
import type { FreeCall } from "./plan"

/** A plan as it is stored; `limits` are those of all its items together. */
export type NewPlan = Readonly<{
  planId: string
  runId: string
  planHash: string
  reason: string | null
  useWithinSeconds: number
  free: readonly FreeCall[]
  limits: readonly object[]
}>

/** An item as `record_call` takes it, with the bytes of its envelope. */
export type NewItem = Readonly<{ call: object; envelope: Uint8Array }>

export type RecordedPlan =
  | Readonly<{ code: null; planId: string }>
  | Readonly<{ code: "unauthenticated" | "not_found" | "scope_missing" | "run_closed" | "rules_moved" }>
  | Readonly<{ code: "prior"; prior: PriorCreate | null }>

/** Secret fields that the leaf of a call, and that of the plan itself, can have. */
const callSalts = 11
const planSalts = 2

/** Records a plan with its items and their leaves in one round trip: all of it or nothing. */
export async function insertPlan(
  credential: KeyCredential,
  given: Readonly<{
    rulesVersion: number
    plan: NewPlan
    items: readonly NewItem[]
    contents: readonly SealedContent[]
    idempotency: Idempotency | null
  }>,
): Promise<RecordedPlan> {
  const { rulesVersion, plan, items, contents, idempotency } = given
  const recorded = await hotJson<RecordedPlan>(
    "record_plan",
    [
      ...keyArguments(credential),
      JSON.stringify(plan),
      rulesVersion,
      JSON.stringify(items.map(({ call }) => call)),
      items.map(({ envelope }) => envelope),
      contents.map(({ digest }) => digest),
      contents.map(({ bytes }) => bytes),
      contents.map(({ wrappedKey }) => wrappedKey),
      contents.map(({ sealed }) => sealed),
      idempotency?.keyMac ?? null,
      idempotency?.bodyMac ?? null,
      Array.from({ length: items.length + 1 }, () => newId("event")),
      newSalts(items.length * callSalts + planSalts),
    ],
    "write",
  )

  return recorded ?? { code: "unauthenticated" }
}

export type VotedPlan =
  | Readonly<{ code: null; tenantId: string; runId: string; approvalIds: readonly string[] }>
  | Readonly<{ code: ErrorCode; edited?: RecentEdit | null }>

/** Secret fields that the leaf of a vote can have. */
const voteSalts = 4

/** Casts one person's vote on items of a plan: all of them or none. */
export async function castPlanVote(
  sessionId: string,
  vote: Readonly<{
    planId: string
    decision: VoteDecision
    planHash: string
    reason: string | null
    approvalIds: readonly string[] | null
    itemsMax: number
  }>,
): Promise<VotedPlan | null> {
  const leaves = vote.itemsMax + 1

  return hotJson(
    "vote_on_plan",
    [
      sessionId,
      vote.planId,
      vote.decision,
      vote.planHash,
      vote.reason,
      vote.approvalIds,
      Array.from({ length: leaves }, () => newId("event")),
      newSalts(leaves * voteSalts),
    ],
    "write",
  )
}

/** The same in a transaction that does more than that; what is refused has to end it. */
export async function castPlanVoteIn(
  db: TenantDb,
  sessionId: string,
  vote: Parameters<typeof castPlanVote>[1],
): Promise<VotedPlan | null> {
  const leaves = vote.itemsMax + 1
  const eventIds = Array.from({ length: leaves }, () => newId("event"))
  const { rows } = await db.sql<{ answer: VotedPlan }>`
    SELECT vote_on_plan(${sessionId}, ${vote.planId}, ${vote.decision}, ${vote.planHash}, ${vote.reason},
      ${vote.approvalIds === null ? null : [...vote.approvalIds]}::text[], ${eventIds}::text[],
      ${newSalts(leaves * voteSalts)}::text[]) AS answer`

  return rows[0]?.answer ?? null
}

/** Whether this key, or one that it replaced, asked for this plan. */
export async function isPlannedBy(db: TenantDb, planId: string, familyId: string): Promise<boolean> {
  const { rowCount } = await db.sql`
    SELECT 1 FROM plan p JOIN api_key k ON k.tenant_id = p.tenant_id AND k.key_id = p.key_id
    WHERE p.tenant_id = ${db.tenantId} AND p.plan_id = ${planId}
      AND coalesce(k.family_id, k.key_id) = ${familyId}`

  return rowCount > 0
}
