import { canonicalize, sha256Hex } from "@deltaseal/guard/change"
import { toApprovalView } from "@/lib/approvals/approval.view"
import { rememberApproval } from "@/lib/approvals/known-approvals.service"
import { isAtRefusalLimit, overRefusalLimit, refuseUnrecorded } from "@/lib/audit/refusals.service"
import { prepareChange, type PreparedChange } from "@/lib/changes/changes.service"
import { changedFields } from "@/lib/changes/describe-records"
import { diffPool } from "@/lib/changes/shared-diff-pool"
import { runtime } from "@/lib/env/runtime"
import { AppError, type Reason } from "@/lib/errors/app-error"
import { printable } from "@/lib/kernel/text"
import type { KeyCredential } from "@/lib/keys/credential"
import { notifyChange } from "@/lib/notifications/notifier"
import type { Idempotency } from "@/lib/operations/idempotency"
import { newId } from "@/lib/operations/new-id"
import type { ActiveTool, CallDecision } from "@/lib/policies/decision"
import { defaultExpiresInSeconds, defaultUseWithinSeconds } from "@/lib/policies/policy"
import { patchPathReasons, type ChangedField } from "@/lib/policies/patch-paths"
import { signAllowPermit } from "./allow-permit.service"
import type { CallAnswer } from "./call-answer"
import type { ToolCallBody } from "./call.schema"
import { askedApproval } from "./asked-approval"
import { contextOf, forgetContext } from "./call-contexts.service"
import { insertCall, type DecidedCall, type RecordedCall } from "./calls.repo"
import { decide, type Decided } from "./deciding.service"
import { recipientHistory } from "./recipients.service"
import { replayCall } from "./replay.service"
import { contentsOf, diffContent, storedChange } from "./stored-change"

/** Who asks, and how: the key, a create that may be repeated, and whether the caller is still there. */
export type CallRequest = Readonly<{
  credential: KeyCredential
  body: ToolCallBody
  idempotency: Idempotency | null
  signal: AbortSignal
}>

/**
 * Decides one tool call: policy first, then the exact change and its hash.
 *
 * @throws AppError `unauthenticated`, `scope_missing`, `not_found` for the run, and the code of whatever
 * is wrong with the change
 */
export async function requestCall(request: CallRequest): Promise<CallAnswer> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const answer = await answerOnce(request)
    if (answer !== null) return answer
    forgetContext(request.credential, askedOf(request))
  }

  throw new AppError("unavailable", "The rules are changing right now.", { retryAfterSeconds: 1 })
}

/** How often a call is decided again because the rules moved while it was. */
const attemptsMax = 4

/** Null when the decision rested on what is no longer so. */
async function answerOnce(request: CallRequest): Promise<CallAnswer | null> {
  const { credential, body, idempotency } = request
  const found = await contextOf(credential, askedOf(request), idempotency)
  if (found === null) throw new AppError("unauthenticated")
  const { context, isFresh } = found
  if (!context.principal.scopes.includes("request")) throw new AppError("scope_missing")
  if (context.prior !== null) return replayCall(credential, context.prior)
  if (context.run === null) throw new AppError("not_found")

  const attempt = { request, isFresh, decided: await decide({ ...context, run: context.run }, body) }
  return attempt.decided.decision.decision === "deny"
    ? deny(attempt, attempt.decided.decision)
    : proceed(attempt, attempt.decided.decision)
}

function askedOf({ body }: CallRequest): { runId: string; server: string; name: string } {
  return { runId: body.runId, server: body.tool.server, name: body.tool.name }
}

/** One request with one decision on it. */
type Attempt = Readonly<{ request: CallRequest; isFresh: boolean; decided: Decided }>

type Denial = Extract<CallDecision, { decision: "deny" }>
type Passed = Exclude<CallDecision, Denial>

async function deny(attempt: Attempt, denial: Denial): Promise<CallAnswer | null> {
  const { code } = denial
  const { credential } = attempt.request
  const reasons = denial.reasons.map(storable)
  // Beyond the limit nothing is recorded that could look again, so only what was just read can refuse.
  if (!attempt.isFresh && isAtRefusalLimit(credential, code)) return null
  if (overRefusalLimit(credential, code)) return { decision: "deny", code, reasons }

  forgetContext(credential, askedOf(attempt.request))
  const reasonsDigest = sha256Hex(canonicalize(reasons))
  const status = code === "policy_denied" ? 403 : 422
  const outcome = { ...nothing, decision: "deny", status, reasons, reasonsDigest } as const
  const { recorded } = await store(attempt, outcome, null).catch(refuseUnrecorded)
  if (recorded.code !== null) return insteadOf(attempt, recorded)

  return { decision: "deny", code, reasons }
}

/** Names in an input may hold U+0000, which a reason that is stored and read by people cannot. */
function storable({ code, message, path }: Reason): Reason {
  return { code, message: printable(message), ...(path === undefined ? {} : { path: printable(path) }) }
}

async function proceed(attempt: Attempt, passed: Passed): Promise<CallAnswer | null> {
  const { request, decided } = attempt
  const { tenantId, input, call, context } = decided
  const tool = { ...request.body.tool, definition: passed.tool.definitionHash }
  const parts = request.body.change?.parts ?? []
  const proposed = { tenantId, runId: call.runId, tool, input, parts }
  const change =
    parts.length === 0
      ? null
      : await prepareChange(proposed, {
          diffPool: diffPool(),
          signal: request.signal,
          knownRecipients: recipientHistory(tenantId, parts),
        })

  const outside = patchPathReasons(context.patchPaths, changedFieldsOf(change))
  if (outside.length > 0) {
    return deny(attempt, { decision: "deny", code: "policy_denied", reasons: outside })
  }
  return passed.decision === "allow"
    ? allow(attempt, passed.tool, change)
    : suspend(attempt, passed.required, change)
}

/** What a change does to records, as the server found it: not the patch that was sent. */
function changedFieldsOf(change: PreparedChange | null): ChangedField[] {
  return (change?.parts ?? []).flatMap((part, index) =>
    changedFields(part).map((field) => ({ field, path: `/change/parts/${index}` })),
  )
}

/** Lets the call run at once, with a permit of its own. */
async function allow(
  attempt: Attempt,
  tool: ActiveTool,
  change: PreparedChange | null,
): Promise<CallAnswer | null> {
  const executionId = newId("execution")
  const outcome = { ...nothing, decision: "allow", status: 200, executionId } as const
  const { recorded } = await store(attempt, outcome, change)
  if (recorded.code !== null) return insteadOf(attempt, recorded)

  const { call, tenantId } = attempt.decided
  const permit = await signAllowPermit({
    ...call,
    tenantId,
    executionId,
    definitionHash: tool.definitionHash,
    changeHash: change?.changeHash ?? null,
  })
  return { decision: "allow", callId: call.callId, executionId, permit }
}

/** Holds the call until people have decided. */
async function suspend(
  attempt: Attempt,
  required: NonNullable<DecidedCall["approval"]>["required"],
  change: PreparedChange | null,
): Promise<CallAnswer | null> {
  const approvalId = newId("approval")
  const asked = {
    approvalId,
    required,
    ttlSeconds: defaultExpiresInSeconds,
    useWithinSeconds: defaultUseWithinSeconds,
    isReasonRequired: false,
    openMax: null,
  }
  const outcome = { ...nothing, decision: "pending", status: 202, approval: asked } as const
  const { stored, recorded } = await store(attempt, outcome, change)
  if (recorded.code !== null) return insteadOf(attempt, recorded)
  if (change === null) throw new AppError("internal")

  const { call, tenantId, context } = attempt.decided
  notifyChange({ tenantId, approvalId, runId: call.runId })
  const approval = toApprovalView(askedApproval(context, stored, recorded), {
    envelope: change.envelope,
    diff: change.diff,
    origin: runtime().config.origin,
  })
  rememberApproval(approval)
  return { decision: "pending", callId: call.callId, approval }
}

type Outcome = Pick<
  DecidedCall,
  "decision" | "status" | "reasons" | "reasonsDigest" | "executionId" | "approval"
>

const nothing = { reasons: [], reasonsDigest: null, executionId: null, approval: null } as const

/** What is stored of the policy where it was not asked. */
const unruled = {
  matchedRule: null,
  checks: null,
  factsDigest: null,
  isDryRun: false,
  egress: [],
  taints: false,
  limits: [],
} as const

const runClosed: Denial = {
  decision: "deny",
  code: "policy_denied",
  reasons: [{ code: "run_closed", message: "The run was closed a moment ago." }],
}

/** Records the call with all that belongs to it, unless what it was decided on has moved. */
async function store(
  { request: { credential, idempotency }, decided }: Attempt,
  outcome: Outcome,
  change: PreparedChange | null,
): Promise<Readonly<{ stored: DecidedCall; recorded: RecordedCall }>> {
  const { tenantId, inputBytes, call, context } = decided
  const diff = change === null ? null : diffContent(change.diff)
  const stored: DecidedCall = {
    ...call,
    ...outcome,
    ...unruled,
    isTainted: context.run.isTainted,
    change: change === null || diff === null ? null : storedChange(tenantId, change, diff.digest),
  }
  const contents = contentsOf(tenantId, {
    change,
    others: [{ digest: call.inputDigest, bytes: inputBytes }, diff],
  })
  const recorded = await insertCall(credential, {
    rulesVersion: context.tenant.rulesVersion,
    call: stored,
    envelope: change?.envelopeBytes ?? null,
    contents,
    idempotency,
  })

  return { stored, recorded }
}

/** What is answered when the call was not recorded as it was decided; null to decide it again. */
async function insteadOf(
  attempt: Attempt,
  recorded: Exclude<RecordedCall, { code: null }>,
): Promise<CallAnswer | null> {
  switch (recorded.code) {
    case "rules_moved":
      return null
    case "run_closed":
      return deny(attempt, runClosed)
    case "prior":
      if (recorded.prior === null) throw new AppError("idempotency_in_flight")
      return replayCall(attempt.request.credential, recorded.prior)
    case "unauthenticated":
    case "not_found":
    case "scope_missing":
      throw new AppError(recorded.code)
  }
}
