import { hotCall, hotJson, hotJsonThenApproval } from "@/lib/db/hot-call"
import type { TenantDb } from "@/lib/db/tenant-db"
import type { ErrorCode } from "@/lib/errors/app-error"
import { keyArguments, type KeyCredential } from "@/lib/keys/credential"
import type { Asker } from "@/lib/operations/asker"
import { newId, newSalts } from "@/lib/operations/new-id"
import type { CallTerms } from "@/lib/policies/call-terms"
import type { PermitFacts } from "@/lib/permits/permit"
import type { ApprovalStatus, VoteDecision } from "./approval"
import type { ApprovalRow } from "./approval-row"
import type { RecentEdit } from "./recent-edit"
import type { RequiredStage } from "./step-up"

/** A refusal by one of the functions, or the approval with its bytes. */
export type ReadApproval = Readonly<{
  code: ErrorCode | null
  tenant_id: string | null
  approval: ApprovalRow | null
  envelope: Buffer | null
  diff_key: Buffer | null
  diff_sealed: Buffer | null
}>

export type PolledApproval = Readonly<{ code: ErrorCode | null; status: ApprovalStatus; version: number }>

/** What of an approval can move without its version, or is read with it anyway. */
export type ApprovalStanding = PolledApproval &
  Readonly<{
    expires_at: Date
    use_by: Date | null
    decided_at: Date | null
    ended_because: string | null
  }>

/** Secret fields that an approval's leaf can have. */
const saltCount = 4

/** One round trip: who asks, whether they may, and the whole approval. */
export async function readApproval(asker: Asker, approvalId: string): Promise<ReadApproval | null> {
  return asker.kind === "credential"
    ? hotCall("read_approval_by_key", [...keyArguments(asker.credential), approvalId], "read")
    : hotCall("read_approval_by_session", [asker.actor.sessionId, approvalId], "read")
}

/** One round trip: who asks, whether they still may, and where the approval stands. */
export async function pollApproval(asker: Asker, approvalId: string): Promise<PolledApproval | null> {
  return asker.kind === "credential"
    ? hotCall("poll_approval_by_key", [...keyArguments(asker.credential), approvalId], "read")
    : hotCall("poll_approval_by_session", [asker.actor.sessionId, approvalId], "read")
}

/** The same with its times, which a key can have. */
export async function findStanding(
  credential: KeyCredential,
  approvalId: string,
): Promise<ApprovalStanding | null> {
  return hotCall("poll_approval_by_key", [...keyArguments(credential), approvalId], "read")
}

type Answer = Readonly<{ code: ErrorCode | null; tenantId?: string; runId?: string; moved?: boolean }>

/** What a write answers, with the approval as it leaves it: all of that but the answer is null where it was refused. */
export type Written<Given extends object> = Readonly<{ answer: Given }> &
  Pick<ReadApproval, "approval" | "envelope" | "diff_key" | "diff_sealed">

/** What an authenticator signed for a vote, checked; bytes in hex. */
export type SignedVote = Readonly<{
  challenge: string
  authenticatorId: string
  signCount: number
  authenticatorData: string
  clientDataJSON: string
  signature: string
  origin: string
  rpId: string
  /** Of what was signed, for the log. */
  digest: string
}>

/** `edited`: with `edited_recently`. */
export type VoteAnswer = Answer & Readonly<{ edited?: RecentEdit | null }>

type CastVote = Readonly<{
  approvalId: string
  decision: VoteDecision
  changeHash: string
  reason: string | null
  stepUp: SignedVote | null
}>

export async function castVote(sessionId: string, vote: CastVote): Promise<Written<VoteAnswer>> {
  return hotJsonThenApproval(
    "cast_vote",
    [
      sessionId,
      vote.approvalId,
      vote.decision,
      vote.changeHash,
      vote.reason,
      newId("event"),
      newSalts(saltCount),
      vote.stepUp === null ? null : JSON.stringify(vote.stepUp),
    ],
    vote.approvalId,
  )
}

/** The same in a transaction that does more than that; what is refused has to end it. */
export async function castVoteIn(
  db: TenantDb,
  sessionId: string,
  { approvalId, decision, changeHash, reason }: Omit<CastVote, "stepUp">,
): Promise<VoteAnswer | null> {
  const { rows } = await db.sql<{ answer: VoteAnswer }>`
    SELECT cast_vote(${sessionId}, ${approvalId}, ${decision}, ${changeHash}, ${reason}, ${newId("event")},
      ${newSalts(saltCount)}::text[]) AS answer`

  return rows[0]?.answer ?? null
}

/** Takes back the vote of the session's person. */
export async function withdrawVote(sessionId: string, approvalId: string): Promise<Written<Answer>> {
  const values = [sessionId, approvalId, newId("event"), newSalts(saltCount)]

  return hotJsonThenApproval("withdraw_vote", values, approvalId)
}

/** A policy that is another than the one an approval was asked for under. */
export type MovedPolicy = Readonly<{
  tenantId: string
  callId: string
  policyVersion: number
  isTainted: boolean
  /** The origins that the call was granted. */
  egress: readonly string[]
}>

/** What that policy says of the call now. */
export type NewRuling = Readonly<{
  policyVersion: number
  effect: "allow" | "deny" | "require_approval"
  required: readonly RequiredStage[]
  isReasonRequired: boolean
}>

export type ConsumeAnswer =
  | (Answer &
      Readonly<{
        replayed?: boolean
        permit?: Omit<PermitFacts, "decision" | keyof CallTerms> & { changeHash: string; approvalId: string }
      }>)
  | (MovedPolicy & Readonly<{ code: "policy_moved" }>)

/** Null where the policy was not asked about the call. */
export async function readCallFacts(
  tenantId: string,
  callId: string,
): Promise<Readonly<{ digest: string; wrapped_key: Buffer; sealed: Buffer }> | null> {
  const row = await hotCall<{ digest: string | null; wrapped_key: Buffer; sealed: Buffer }>(
    "read_call_facts",
    [tenantId, callId],
    "read",
  )
  return row === null || row.digest === null ? null : { ...row, digest: row.digest }
}

export async function consumeApproval(
  credential: KeyCredential,
  spend: Readonly<{
    approvalId: string
    runId: string
    changeHash: string
    nonceDigest: string
    bodyDigest: string
    observed: string
  }>,
  ruling: NewRuling | null,
): Promise<ConsumeAnswer | null> {
  return hotJson(
    "consume_approval",
    [
      ...keyArguments(credential),
      spend.approvalId,
      spend.runId,
      spend.changeHash,
      spend.nonceDigest,
      spend.bodyDigest,
      spend.observed,
      ruling === null ? null : JSON.stringify(ruling),
      newId("execution"),
      newId("event"),
      newSalts(saltCount),
    ],
    "write",
  )
}

export type EndedApproval = Readonly<{
  approvalId: string
  callId: string
  runId: string
  changeHash: string
  from: string
}>

/** Whether this key, or one that it replaced, asked for this approval. */
export async function isAskedBy(db: TenantDb, approvalId: string, familyId: string): Promise<boolean> {
  const { rowCount } = await db.sql`
    SELECT 1 FROM approval a JOIN api_key k ON k.tenant_id = a.tenant_id AND k.key_id = a.key_id
    WHERE a.tenant_id = ${db.tenantId} AND a.approval_id = ${approvalId}
      AND coalesce(k.family_id, k.key_id) = ${familyId}`

  return rowCount > 0
}

/** What to cancel: one approval, those of a plan, or all of a run whose row the caller has locked. */
type Open = Readonly<{ approvalId: string }> | Readonly<{ planId: string }> | Readonly<{ runId: string }>

/** Cancels what is still open. Approvals are locked in the order of their ids. */
export async function cancelOpen(
  db: TenantDb,
  which: Open,
  because: string,
): Promise<readonly EndedApproval[]> {
  const runId = "runId" in which ? which.runId : null
  const planId = "planId" in which ? which.planId : null
  const approvalId = "approvalId" in which ? which.approvalId : null
  const { rows } = await db.sql<EndedApproval>`
    UPDATE approval a SET status = 'cancelled', ended_because = ${because}, version = a.version + 1
    FROM (
      SELECT approval_id, status FROM approval
      WHERE tenant_id = ${db.tenantId} AND status IN ('pending', 'approved')
        AND (run_id = ${runId} OR plan_id = ${planId} OR approval_id = ${approvalId})
        AND CASE status WHEN 'pending' THEN expires_at ELSE use_by END > clock_timestamp()
      ORDER BY approval_id FOR UPDATE
    ) seen
    WHERE a.tenant_id = ${db.tenantId} AND a.approval_id = seen.approval_id
    RETURNING a.approval_id AS "approvalId", a.call_id AS "callId", a.run_id AS "runId",
      a.change_hash AS "changeHash", seen.status AS "from"`

  return rows
}
