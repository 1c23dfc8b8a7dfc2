import { prepareChange, type PreparedChange, type PrepareOptions } from "@/lib/changes/changes.service"
import { assertBodySize } from "@/lib/changes/change-limits"
import { changedFields } from "@/lib/changes/describe-records"
import { diffPool } from "@/lib/changes/shared-diff-pool"
import type { Reason } from "@/lib/errors/app-error"
import type { CompiledPolicy } from "@/lib/policies/compile-policy"
import { possibleConfigFeatures } from "@/lib/policies/config-features"
import { executeMissing, type ActiveTool, type CallDecision, type DenialCode } from "@/lib/policies/decision"
import { patchPathReasons, type ChangedField } from "@/lib/policies/patch-paths"
import type { PolicyApproval, PolicyCheck } from "@/lib/policies/policy-answer"
import { executeCheck, failedCheck, fieldsCheck } from "./answered-checks"
import type { OpenContext } from "./call-contexts.service"
import type { CallRequest } from "./call-request"
import { decide } from "./deciding.service"
import { recipientHistory } from "./recipients.service"
import type { Attempt } from "./recording.service"
import { policyFor, ruleOn } from "./ruling.service"

/** What is to be answered to a call. Nothing of it is recorded yet. */
export type Judged = Refused | Held | Allowed

export type Refused = Readonly<{ verdict: "deny"; attempt: Attempt; denial: Denial }>

/** People have to decide first. */
export type Held = Readonly<{
  verdict: "ask"
  attempt: Attempt
  needed: PolicyApproval
  change: PreparedChange
  after: readonly PolicyCheck[]
}>

export type Allowed = Readonly<{
  verdict: "allow"
  attempt: Attempt
  put: Put
  after: readonly PolicyCheck[]
}>

/** Why a call is refused; `after` are the checks that were made once the policy had been asked. */
export type Denial = Readonly<{
  code: DenialCode
  reasons: readonly Reason[]
  after: readonly PolicyCheck[]
}>

/** What is put before the policy. */
type Put = Readonly<{
  tool: ActiveTool
  policy: CompiledPolicy | null
  change: PreparedChange | null
  fields: PolicyCheck
  /** Grants that let the call through, but for that their uses were taken by others meanwhile. */
  spentGrants: readonly string[]
}>

/**
 * Puts a call before everything that decides on it: policy first, then the
 * exact change and its hash.
 *
 * @throws AppError with the code of whatever is wrong with the change
 */
export async function judge(
  request: CallRequest,
  { context, isFresh }: Readonly<{ context: OpenContext; isFresh: boolean }>,
): Promise<Judged> {
  const decided = await decide(context, request.body, request.idempotency !== null)
  const attempt = { request, isFresh, decided, ruling: null }
  const { decision } = decided
  if (decision.decision === "deny") {
    return { verdict: "deny", attempt, denial: { code: decision.code, reasons: decision.reasons, after: [] } }
  }

  return proceed(attempt, decision)
}

/** Judges a call that a grant let through again, as if there were no such grant. */
export function judgeWithout(grant: string, { attempt, put }: Allowed): Judged {
  return ruled({ ...attempt, ruling: null }, { ...put, spentGrants: [...put.spentGrants, grant] })
}

export function refusal(reasons: readonly Reason[], after: readonly PolicyCheck[]): Denial {
  return { code: "policy_denied", reasons, after }
}

type Passed = Extract<CallDecision, { decision: Exclude<CallDecision["decision"], "deny"> }>

/** What passed the checks of SPEC 3.1 is prepared and put before the policy. */
async function proceed(attempt: Attempt, { tool }: Passed): Promise<Judged> {
  const { context } = attempt.decided
  const policy = await policyFor(context)
  assertBodySize(attempt.request.bodyBytes, policy?.document.limits?.change)
  const change = await prepare(attempt, tool, policy)
  const outside = patchPathReasons(context.patchPaths, changedFieldsOf(change))
  const fields = fieldsCheck(context.patchPaths, outside)
  if (outside.length > 0) return { verdict: "deny", attempt, denial: refusal(outside, [fields]) }

  return ruled(attempt, { tool, policy, change, fields, spentGrants: [] })
}

function ruled(unruled: Attempt, put: Put): Judged {
  const { request, decided } = unruled
  const { tool, policy, change, fields, spentGrants } = put
  const { input, call, context } = decided
  const isDryRun = request.body.dryRun === true
  const ruling = ruleOn(policy, { context, call, tier: tool.tier, input, change, isDryRun, spentGrants })
  const attempt = { ...unruled, ruling }
  const { effect, reasons, approval: needed } = ruling.answer
  if (effect === "deny") return { verdict: "deny", attempt, denial: refusal(reasons, [fields]) }

  const { scopes } = context.principal
  const after = [fields, executeCheck(needed === null, scopes)]
  if (needed !== null && change !== null) return { verdict: "ask", attempt, needed, change, after }
  if (needed !== null) {
    return {
      verdict: "deny",
      attempt,
      denial: { ...changeMissing, after: [...after, ...changeMissing.after] },
    }
  }
  if (!scopes.includes("execute")) {
    return { verdict: "deny", attempt, denial: refusal([executeMissing], after) }
  }
  return { verdict: "allow", attempt, put, after }
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
