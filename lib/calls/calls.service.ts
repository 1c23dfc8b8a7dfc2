import { canonicalize, sha256Hex } from "@deltaseal/guard/change"
import { toApprovalView } from "@/lib/approvals/approval.view"
import { rememberApproval } from "@/lib/approvals/known-approvals.service"
import { isAtRefusalLimit, overRefusalLimit, refuseUnrecorded } from "@/lib/audit/refusals.service"
import { prepareChange, type PreparedChange, type PrepareOptions } from "@/lib/changes/changes.service"
import { changedFields } from "@/lib/changes/describe-records"
import { diffPool } from "@/lib/changes/shared-diff-pool"
import { reachedLimit } from "@/lib/db/failures"
import { runtime } from "@/lib/env/runtime"
import { AppError, type Reason } from "@/lib/errors/app-error"
import { printable } from "@/lib/kernel/text"
import { notifyChange } from "@/lib/notifications/notifier"
import { newId } from "@/lib/operations/new-id"
import type { CompiledPolicy } from "@/lib/policies/compile-policy"
import { possibleConfigFeatures } from "@/lib/policies/config-features"
import { executeMissing, type ActiveTool, type CallDecision, type DenialCode } from "@/lib/policies/decision"
import { patchPathReasons, type ChangedField } from "@/lib/policies/patch-paths"
import { stagesOf } from "@/lib/policies/approval-of"
import type { PolicyApproval, PolicyCheck } from "@/lib/policies/policy-answer"
import { signAllowPermit } from "./allow-permit.service"
import { answeredChecks, executeCheck, failedCheck, fieldsCheck, refusedChecks } from "./answered-checks"
import { askedApproval } from "./asked-approval"
import { explained, type CallAnswer } from "./call-answer"
import { contextOf, forgetContext } from "./call-contexts.service"
import { grantLimit } from "./call-limits"
import type { CallRequest } from "./call-request"
import type { RecordedCall } from "./calls.repo"
import { decide } from "./deciding.service"
import { recipientHistory } from "./recipients.service"
import { record, type Attempt } from "./recording.service"
import { replayCall } from "./replay.service"
import { policyFor, ruleOn } from "./ruling.service"

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

  const decided = await decide({ ...context, run: context.run }, body, idempotency !== null)
  const attempt = { request, isFresh, decided, ruling: null }
  const { decision } = decided
  return decision.decision === "deny"
    ? deny(attempt, { code: decision.code, reasons: decision.reasons, after: [] })
    : proceed(attempt, decision)
}

function askedOf({ body }: CallRequest): { runId: string; server: string; name: string } {
  return { runId: body.runId, server: body.tool.server, name: body.tool.name }
}

type Decision = CallDecision["decision"]
type Passed = Extract<CallDecision, { decision: Exclude<Decision, "deny"> }>

/** Why a call is refused; `after` are the checks that were made once the policy had been asked. */
type Denial = Readonly<{
  code: DenialCode
  reasons: readonly Reason[]
  after: readonly PolicyCheck[]
}>

async function deny(attempt: Attempt, denial: Denial): Promise<CallAnswer | null> {
  const { code } = denial
  const { credential } = attempt.request
  const reasons = denial.reasons.map(storable)
  const why = {
    matchedRule: attempt.ruling?.answer.rule ?? null,
    checks: refusedChecks(attempt, denial.after),
  }
  // Beyond the limit nothing is recorded that could look again, so only what was just read can refuse.
  if (!attempt.isFresh && isAtRefusalLimit(credential, code)) return null
  if (overRefusalLimit(credential, code)) return { decision: "deny", code, reasons, ...why }

  forgetContext(credential, askedOf(attempt.request))
  const reasonsDigest = sha256Hex(canonicalize(reasons))
  const status = code === "policy_denied" ? 403 : 422
  const outcome = { ...nothing, decision: "deny", status, reasons, reasonsDigest } as const
  const { recorded } = await record(attempt, outcome, { change: null, checks: why.checks }).catch(
    refuseUnrecorded,
  )
  if (recorded.code !== null) return insteadOf(attempt, recorded)

  return { decision: "deny", code, reasons, ...why }
}

/** Names in an input may hold U+0000, which a reason that is stored and read by people cannot. */
function storable({ code, message, path }: Reason): Reason {
  return { code, message: printable(message), ...(path === undefined ? {} : { path: printable(path) }) }
}

/** What passed the checks of SPEC 3.1 is prepared and put before the policy. */
async function proceed(unruled: Attempt, { tool }: Passed): Promise<CallAnswer | null> {
  const { context } = unruled.decided
  const policy = await policyFor(context)
  const change = await prepare(unruled, tool, policy)
  const outside = patchPathReasons(context.patchPaths, changedFieldsOf(change))
  const fields = fieldsCheck(context.patchPaths, outside)
  if (outside.length > 0) return deny(unruled, refusal(outside, [fields]))

  return ruled(unruled, { tool, policy, change, fields, spentGrants: [] })
}

type Ruled = Readonly<{
  tool: ActiveTool
  policy: CompiledPolicy | null
  change: PreparedChange | null
  fields: PolicyCheck
  /** Grants that let the call through, but for that their uses were taken by others meanwhile. */
  spentGrants: readonly string[]
}>

async function ruled(unruled: Attempt, put: Ruled): Promise<CallAnswer | null> {
  const { request, decided } = unruled
  const { tool, policy, change, fields, spentGrants } = put
  const { input, call, context } = decided
  const isDryRun = request.body.dryRun === true
  const ruling = ruleOn(policy, { context, call, tier: tool.tier, input, change, isDryRun, spentGrants })
  const attempt = { ...unruled, ruling }
  const { effect, reasons, approval } = ruling.answer
  if (effect === "deny") return deny(attempt, refusal(reasons, [fields]))
  const after = [fields, executeCheck(approval === null, context.principal.scopes)]
  if (approval !== null) {
    return change === null
      ? deny(attempt, { ...changeMissing, after: [...after, ...changeMissing.after] })
      : suspend(attempt, approval, { change, after })
  }
  if (!context.principal.scopes.includes("execute")) return deny(attempt, refusal([executeMissing], after))
  try {
    return await allow(attempt, tool, { change, after })
  } catch (error) {
    const { grant } = ruling.answer
    if (grant === null || reachedLimit(error) !== grantLimit) throw error
    return ruled(unruled, { ...put, spentGrants: [...spentGrants, grant.rule] })
  }
}

async function prepare(
  { request: { body, signal }, decided: { tenantId, input, call } }: Attempt,
  { definitionHash }: ActiveTool,
  policy: CompiledPolicy | null,
): Promise<PreparedChange | null> {
  const parts = body.change?.parts ?? []
  if (parts.length === 0) return null
  const { server, name } = body.tool
  const tool = { ...body.tool, definition: definitionHash }

  return prepareChange(
    { tenantId, runId: call.runId, tool, input, parts },
    {
      diffPool: diffPool(),
      signal,
      knownRecipients: recipientHistory(tenantId, parts),
      ...(policy === null ? {} : allowedBy(policy, server, name)),
    },
  )
}

/** What a policy says of changes before there is one to ask it about. */
function allowedBy(
  policy: CompiledPolicy,
  server: string,
  tool: string,
): Pick<PrepareOptions, "configFeatures" | "limits"> {
  return {
    configFeatures: possibleConfigFeatures(policy, server, tool),
    limits: policy.document.limits?.change ?? {},
  }
}

function refusal(reasons: readonly Reason[], after: readonly PolicyCheck[]): Denial {
  return { code: "policy_denied", reasons, after }
}

/** People decide on a change: without one there is nothing to show them. */
const changeMissing: Denial = {
  code: "invalid_input",
  reasons: [
    {
      code: "change_required",
      message: "The policy wants people to see what this changes.",
      path: "/change",
    },
  ],
  after: [failedCheck("change", "The policy wants people to see what this changes.")],
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
  { change, after }: Readonly<{ change: PreparedChange | null; after: readonly PolicyCheck[] }>,
): Promise<CallAnswer | null> {
  const executionId = newId("execution")
  const outcome = { ...nothing, decision: "allow", status: 200, executionId } as const
  const checks = answeredChecks(attempt, after)
  const { stored, recorded } = await record(attempt, outcome, { change, checks })
  if (recorded.code !== null) return insteadOf(attempt, recorded)

  const why = explained(stored)
  const permit = await signAllowPermit({
    ...stored,
    exemption: attempt.ruling?.answer.exemption ?? null,
    tenantId: attempt.decided.tenantId,
    executionId,
    definitionHash: tool.definitionHash,
    changeHash: change?.changeHash ?? null,
  })
  return { decision: "allow", callId: stored.callId, executionId, permit, ...why }
}

/** Holds the call until people have decided. */
async function suspend(
  attempt: Attempt,
  needed: PolicyApproval,
  { change, after }: Readonly<{ change: PreparedChange; after: readonly PolicyCheck[] }>,
): Promise<CallAnswer | null> {
  const { expiresInSeconds, useWithinSeconds, isReasonRequired } = needed
  const approvalId = newId("approval")
  const asked = {
    approvalId,
    required: stagesOf(needed),
    ttlSeconds: expiresInSeconds,
    useWithinSeconds,
    isReasonRequired,
    openMax: attempt.ruling?.answer.limits.tenant?.pendingApprovals ?? null,
  }
  const outcome = { ...nothing, decision: "pending", status: 202, approval: asked } as const
  const checks = answeredChecks(attempt, after)
  const { stored, recorded } = await record(attempt, outcome, { change, checks })
  if (recorded.code !== null) return insteadOf(attempt, recorded)

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

const nothing = { reasons: [], reasonsDigest: null, executionId: null, approval: null } as const

const closedNow: Reason = { code: "run_closed", message: "The run was closed a moment ago." }

const runClosed = refusal([closedNow], [failedCheck("run", closedNow.message)])

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
