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
import { executeMissing, type ActiveTool, type CallDecision } from "@/lib/policies/decision"
import { patchPathReasons, type ChangedField } from "@/lib/policies/patch-paths"
import type { PolicyApproval } from "@/lib/policies/policy-answer"
import { signAllowPermit } from "./allow-permit.service"
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
import { explainedRuling, policyFor, refusedBy, ruleOn } from "./ruling.service"

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

  const decided = await decide({ ...context, run: context.run }, body)
  const attempt = { request, isFresh, decided, ruling: null }
  return attempt.decided.decision.decision === "deny"
    ? deny(attempt, attempt.decided.decision)
    : proceed(attempt, attempt.decided.decision)
}

function askedOf({ body }: CallRequest): { runId: string; server: string; name: string } {
  return { runId: body.runId, server: body.tool.server, name: body.tool.name }
}

type Denial = Extract<CallDecision, { decision: "deny" }>
type Passed = Exclude<CallDecision, Denial>

async function deny(attempt: Attempt, denial: Denial): Promise<CallAnswer | null> {
  const { code } = denial
  const { credential } = attempt.request
  const reasons = denial.reasons.map(storable)
  const refused = { ...attempt, ruling: refusedBy(attempt.ruling, denial.checks) }
  // Beyond the limit nothing is recorded that could look again, so only what was just read can refuse.
  if (!attempt.isFresh && isAtRefusalLimit(credential, code)) return null
  if (overRefusalLimit(credential, code))
    return { decision: "deny", code, reasons, ...explainedRuling(refused.ruling) }

  forgetContext(credential, askedOf(attempt.request))
  const reasonsDigest = sha256Hex(canonicalize(reasons))
  const status = code === "policy_denied" ? 403 : 422
  const outcome = { ...nothing, decision: "deny", status, reasons, reasonsDigest } as const
  const { recorded } = await record(refused, outcome, null).catch(refuseUnrecorded)
  if (recorded.code !== null) return insteadOf(attempt, recorded)

  return { decision: "deny", code, reasons, ...explainedRuling(refused.ruling) }
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
  if (outside.length > 0) return deny(unruled, refusal(outside, "patchPaths"))

  return ruled(unruled, { tool, policy, change, spentGrants: [] })
}

type Ruled = Readonly<{
  tool: ActiveTool
  policy: CompiledPolicy | null
  change: PreparedChange | null
  /** Grants that let the call through, but for that their uses were taken by others meanwhile. */
  spentGrants: readonly string[]
}>

async function ruled(unruled: Attempt, put: Ruled): Promise<CallAnswer | null> {
  const { request, decided } = unruled
  const { tool, policy, change, spentGrants } = put
  const { input, call, context } = decided
  const isDryRun = request.body.dryRun === true
  const ruling = ruleOn(policy, { context, call, tier: tool.tier, input, change, isDryRun, spentGrants })
  const attempt = { ...unruled, ruling }
  const { effect, reasons, approval } = ruling.answer
  if (effect === "deny") return deny(attempt, refusal(reasons))
  if (approval !== null) {
    return change === null ? deny(attempt, changeMissing) : suspend(attempt, approval, change)
  }
  if (!context.principal.scopes.includes("execute"))
    return deny(attempt, refusal([executeMissing], "execute"))
  try {
    return await allow(attempt, tool, change)
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

/** @param check what failed besides the checks of the policy */
function refusal(reasons: readonly Reason[], check?: string): Denial {
  const message = reasons[0]?.message ?? ""
  const checks = check === undefined ? [] : [{ check, rule: null, result: "fail", message } as const]

  return { decision: "deny", code: "policy_denied", reasons, checks }
}

/** People decide on a change: without one there is nothing to show them. */
const changeMissing: Denial = {
  ...refusal(
    [
      {
        code: "change_required",
        message: "The policy wants people to see what this changes.",
        path: "/change",
      },
    ],
    "change",
  ),
  code: "invalid_input",
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
  const { stored, recorded } = await record(attempt, outcome, change)
  if (recorded.code !== null) return insteadOf(attempt, recorded)

  const why = explained(stored)
  const permit = await signAllowPermit({
    ...stored,
    ...why,
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
  { stages, expiresInSeconds, useWithinSeconds, isReasonRequired }: PolicyApproval,
  change: PreparedChange,
): Promise<CallAnswer | null> {
  const approvalId = newId("approval")
  const asked = {
    approvalId,
    required: stages,
    ttlSeconds: expiresInSeconds,
    useWithinSeconds,
    isReasonRequired,
    openMax: attempt.ruling?.answer.limits.tenant?.pendingApprovals ?? null,
  }
  const outcome = { ...nothing, decision: "pending", status: 202, approval: asked } as const
  const { stored, recorded } = await record(attempt, outcome, change)
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

const runClosed = refusal([{ code: "run_closed", message: "The run was closed a moment ago." }], "run")

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
