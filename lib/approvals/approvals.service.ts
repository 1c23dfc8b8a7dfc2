import { canonicalize, sha256Hex, type ObservedState } from "@deltaseal/guard/change"
import type { Actor, PersonActor } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import { observedKey } from "@/lib/changes/observed"
import type { TenantDb } from "@/lib/db/tenant-db"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import type { KeyCredential } from "@/lib/keys/credential"
import { notifyChange } from "@/lib/notifications/notifier"
import type { Asker } from "@/lib/operations/asker"
import { command } from "@/lib/operations/command"
import { signPermit } from "@/lib/permits/permits.service"
import { callTerms } from "@/lib/policies/call-terms"
import { policyInForce } from "@/lib/policies/policies.service"
import type { ApprovalView, VoteBody } from "./approval.schema"
import {
  cancelOpen,
  castVote,
  consumeApproval,
  isAskedBy,
  readApproval,
  type ConsumeAnswer,
  type EndedApproval,
  type NewRuling,
  withdrawVote,
  type SignedVote,
} from "./approvals.repo"
import { knownApproval, rememberApproval } from "./known-approvals.service"
import { ruleAgain } from "./ruling-again.service"
import { verifyStepUp } from "./step-up.service"
import { voteRefusal } from "./vote-refusal"
import { openApproval, writtenApproval } from "./stored-approval.service"

/** An approval as its asker may see it. Reading it authorises nothing. */
export async function getApproval(asker: Asker, approvalId: string): Promise<ApprovalView> {
  const known = asker.kind === "credential" ? await knownApproval(asker.credential, approvalId) : null
  if (known !== null) return known

  const read = await readApproval(asker, approvalId)
  if (read === null) throw new AppError("internal")
  if (read.code !== null) throw new AppError(read.code)
  if (read.approval === null || read.tenant_id === null) throw new AppError("not_found")

  const view = openApproval({ ...read, approval: read.approval, tenant_id: read.tenant_id })
  rememberApproval(view)
  return view
}

/**
 * Casts a person's vote on the change they were looking at.
 *
 * @throws AppError `reason_required`, `not_found`, `forbidden`, `separation_of_duties`, `edited_recently`,
 * `counts_as_one`, `approval_closed`, `expired`, `hash_mismatch`, `already_voted`, `step_up_required`,
 * `step_up_invalid`, `step_up_spent`, `step_up_expired`
 */
export async function vote(
  person: PersonActor,
  input: VoteBody & { approvalId: string },
): Promise<ApprovalView> {
  if (input.decision !== "approve" && input.reason === undefined) throw new AppError("reason_required")

  const { approvalId, decision, changeHash, reason = null } = input
  const stepUp = await signedVote(person, input)
  const written = await castVote(person.sessionId, { approvalId, decision, changeHash, reason, stepUp })
  const { answer } = written
  announce(answer, approvalId)
  if (answer.code !== null) throw voteRefusal(answer.code, answer.edited)

  return writtenApproval(written)
}

async function signedVote(
  person: PersonActor,
  { approvalId, decision, stepUp }: VoteBody & { approvalId: string },
): Promise<SignedVote | null> {
  if (stepUp === undefined) return null

  const approval = await getApproval({ kind: "person", actor: person }, approvalId)
  return verifyStepUp(person, approval, { decision, assertion: stepUp.assertion })
}

/**
 * Takes back a person's own approving vote, for as long as nothing was spent
 * (SPEC 4.1). Where the votes that are left are not enough the approval waits
 * again, and they may vote again.
 *
 * @throws AppError `not_found`, `forbidden`, `not_voted`, `approval_closed`, `expired`, `already_consumed`
 */
export async function withdraw(person: PersonActor, approvalId: string): Promise<ApprovalView> {
  const written = await withdrawVote(person.sessionId, approvalId)
  const { answer } = written
  announce(answer, approvalId)
  if (answer.code !== null) throw new AppError(answer.code)

  return writtenApproval(written)
}

export type Spend = Readonly<{
  approvalId: string
  runId: string
  changeHash: string
  nonce: string
  observed: readonly ObservedState[]
}>

/** A spent decision: what may now run, once, and proof of it. */
export type Spent = Readonly<{ executionId: string; permit: string; replayed: boolean; proof: null }>

/**
 * Spends an approved approval, once (SPEC 4.2.3). The same spend again, before
 * its outcome, gets the same execution.
 *
 * @throws AppError with the code of whatever stands in the way (SPEC 9)
 */
export async function consume(credential: KeyCredential, spend: Spend): Promise<Spent> {
  const { approvalId, runId, changeHash, nonce } = spend
  const observed = observedKey(spend.observed)
  const bodyDigest = sha256Hex(canonicalize({ runId, changeHash, observed }))
  const { answer, policyVersion } = await spendUnderPolicy(credential, {
    approvalId,
    runId,
    changeHash,
    nonceDigest: sha256Hex(nonce),
    bodyDigest,
    observed,
  })
  announce(answer, approvalId)
  if (answer.code !== null) throw new AppError(answer.code)
  const { permit } = answer
  if (permit === undefined) throw new AppError("internal")
  // Before the permit leaves: a database in which it was never spent is then known for a restored one.
  await runtime().watch.remember()
  const policy = await policyInForce(permit.tenantId, policyVersion ?? permit.policyVersion)
  const terms = callTerms(policy.forTool(permit.server, permit.tool).limits, permit.tier)

  return {
    executionId: permit.executionId,
    permit: await signPermit({ ...permit, ...terms, decision: "approved" }),
    replayed: answer.replayed === true,
    proof: null,
  }
}

/** `policyVersion`: the one that was asked again; null where the one that wanted people still holds. */
type SpentUnder = Readonly<{
  answer: Exclude<ConsumeAnswer, { code: "policy_moved" }>
  policyVersion: number | null
}>

type Spending = Parameters<typeof consumeApproval>[1]

/** Spends under the policy in force, which is asked again where it is another than the one that wanted people. */
async function spendUnderPolicy(credential: KeyCredential, spend: Spending): Promise<SpentUnder> {
  let ruling: NewRuling | null = null
  for (let attempt = 1; attempt <= rulingsMax; attempt += 1) {
    const answer: ConsumeAnswer | null = await consumeApproval(credential, spend, ruling)
    if (answer === null) throw new AppError("internal")
    if (answer.code !== "policy_moved") return { answer, policyVersion: ruling?.policyVersion ?? null }
    ruling = await ruleAgain(answer)
  }

  throw new AppError("unavailable", "The policy is changing right now.", { retryAfterSeconds: 1 })
}

/** How often a policy may change while one approval is spent. */
const rulingsMax = 4

/** Cancels an approval that is still open. Whoever asked, or an admin, may. */
export async function cancelApproval(actor: Actor, asker: Asker, approvalId: string): Promise<ApprovalView> {
  const { tenantId, runId } = await getApproval(asker, approvalId)
  await cancelOne(actor, tenantId, approvalId)
  notifyChange({ tenantId, approvalId, runId })

  return getApproval(asker, approvalId)
}

const cancelOne = command("approval:cancel", async ({ actor, db }, approvalId: string) => {
  if (actor.kind === "key" && !(await isAskedBy(db, approvalId, actor.familyId)))
    throw new AppError("forbidden")

  const ended = await cancelOpen(db, { approvalId }, "withdrawn")
  const [first] = ended
  if (first === undefined) throw new AppError("approval_closed")

  return { value: undefined, events: [cancellation(first, "withdrawn")] }
})

/** Cancels every open approval of a run, in the transaction that closes it, or of a plan. */
export async function cancelOpenApprovals(
  db: TenantDb,
  which: Readonly<{ runId: string }> | Readonly<{ planId: string }>,
  because: string,
): Promise<{ approvalIds: string[]; events: AuditEvent[] }> {
  const ended = await cancelOpen(db, which, because)

  return {
    approvalIds: ended.map(({ approvalId }) => approvalId),
    events: ended.map((approval) => cancellation(approval, because)),
  }
}

/** The leaf of an approval that was cancelled. */
export function cancellation(
  { approvalId, callId, runId, changeHash, from }: EndedApproval,
  because: string,
): AuditEvent {
  return {
    type: "approval.cancelled",
    subject: { kind: "approval", id: approvalId },
    plain: { runId, callId, approvalId, from, to: "cancelled", code: because },
    secret: { changeHash },
  }
}

/** Tells the other nodes when the row moved, which a refused spend or vote can do too. */
function announce(
  answer: Readonly<{ code: string | null; moved?: boolean; tenantId?: string; runId?: string }>,
  approvalId: string,
): void {
  const { code, moved, tenantId, runId } = answer
  if (tenantId === undefined || (code !== null && moved !== true)) return

  notifyChange({ tenantId, approvalId, runId: runId ?? "" })
}
