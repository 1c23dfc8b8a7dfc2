import { canonicalize, sha256Hex } from "@deltaseal/guard/change"
import { toApprovalView } from "@/lib/approvals/approval.view"
import { rememberApproval } from "@/lib/approvals/known-approvals.service"
import { isAtRefusalLimit, overRefusalLimit, refuseUnrecorded } from "@/lib/audit/refusals.service"
import { reachedLimit } from "@/lib/db/failures"
import { carriedOver } from "@/lib/derivations/carry-over.service"
import { runtime } from "@/lib/env/runtime"
import { AppError, type Reason } from "@/lib/errors/app-error"
import { printable } from "@/lib/kernel/text"
import { notifyChange } from "@/lib/notifications/notifier"
import { newId } from "@/lib/operations/new-id"
import { signAllowPermit } from "./allow-permit.service"
import { answeredChecks, failedCheck, refusedChecks } from "./answered-checks"
import { askedApproval } from "./asked-approval"
import { explained, type CallAnswer } from "./call-answer"
import { contextOf, forgetContext } from "./call-contexts.service"
import { grantLimit } from "./call-limits"
import type { CallRequest } from "./call-request"
import type { RecordedCall } from "./calls.repo"
import {
  judge,
  judgeWithout,
  refusal,
  type Allowed,
  type Denial,
  type Held,
  type Judged,
} from "./judging.service"
import { nothing, outcomeOfHeld, record, type Attempt } from "./recording.service"
import { replayCall } from "./replay.service"

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
  const { credential, idempotency } = request
  const found = await contextOf(credential, askedOf(request), idempotency)
  if (found === null) throw new AppError("unauthenticated")
  const { context, isFresh } = found
  if (!context.principal.scopes.includes("request")) throw new AppError("scope_missing")
  if (context.prior !== null) return replayCall(credential, context.prior)
  if (context.run === null) throw new AppError("not_found")

  return answerTo(await judge(request, { context: { ...context, run: context.run }, isFresh }))
}

async function answerTo(judged: Judged): Promise<CallAnswer | null> {
  switch (judged.verdict) {
    case "deny":
      return deny(judged.attempt, judged.denial)
    case "ask":
      return suspend(judged)
    case "allow":
      return allowOrElse(judged)
  }
}

function askedOf({ body }: CallRequest): { runId: string; server: string; name: string } {
  return { runId: body.runId, server: body.tool.server, name: body.tool.name }
}

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

/** Lets the call run, unless the grant that it rests on was used up by others meanwhile. */
async function allowOrElse(allowed: Allowed): Promise<CallAnswer | null> {
  try {
    return await allow(allowed)
  } catch (error) {
    const grant = allowed.attempt.ruling?.answer.grant ?? null
    if (grant === null || reachedLimit(error) !== grantLimit) throw error
    return answerTo(judgeWithout(grant.rule, allowed))
  }
}

/** Lets the call run at once, with a permit of its own. */
async function allow({ attempt, put: { tool, change }, after }: Allowed): Promise<CallAnswer | null> {
  const executionId = newId("execution")
  const outcome = { ...nothing, decision: "allow", status: 200, executionId } as const
  const checks = answeredChecks(attempt, after)
  const { stored, recorded } = await record(attempt, outcome, { change, checks })
  if (recorded.code !== null) return insteadOf(attempt, recorded)

  const why = explained(stored)
  const permit = await signAllowPermit({
    ...stored,
    exemption: attempt.ruling?.answer.exemption ?? null,
    toolLimits: attempt.ruling?.answer.limits ?? {},
    tenantId: attempt.decided.tenantId,
    executionId,
    definitionHash: tool.definitionHash,
    changeHash: change?.changeHash ?? null,
  })
  return { decision: "allow", callId: stored.callId, executionId, permit, ...why }
}

/** Holds the call until people have decided. */
async function suspend({ attempt, needed, change, after }: Held): Promise<CallAnswer | null> {
  const outcome = outcomeOfHeld(attempt, needed)
  const checks = answeredChecks(attempt, after)
  const { stored, recorded } = await record(attempt, outcome, { change, checks })
  if (recorded.code !== null) return insteadOf(attempt, recorded)

  const { call, tenantId, context } = attempt.decided
  notifyChange({ tenantId, approvalId: outcome.approval.approvalId, runId: call.runId })
  const { envelope, diff } = change
  const { origin } = runtime().config
  const waiting = toApprovalView(askedApproval(context, stored, recorded), { envelope, diff, origin })
  const approval = await carriedOver(attempt.request.credential, { approval: waiting, envelope, needed })
  rememberApproval(approval)
  return { decision: "pending", callId: call.callId, approval }
}

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
    case "planned":
      return replayCall(attempt.request.credential, { resourceId: recorded.callId, status: 202 })
    case "prior":
      if (recorded.prior === null) throw new AppError("idempotency_in_flight")
      return replayCall(attempt.request.credential, recorded.prior)
    case "unauthenticated":
    case "not_found":
    case "scope_missing":
      throw new AppError(recorded.code)
  }
}
