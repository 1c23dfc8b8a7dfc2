import { canonicalize, sha256Hex } from "@deltaseal/guard/change"
import { decideWithinSeconds } from "@/lib/approvals/approval"
import { toApprovalView } from "@/lib/approvals/approval.view"
import { overRefusalLimit, refuseUnrecorded } from "@/lib/audit/refusals.service"
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
import { patchPathReasons, type ChangedField } from "@/lib/policies/patch-paths"
import { signAllowPermit } from "./allow-permit.service"
import type { CallAnswer } from "./call-answer"
import type { ToolCallBody } from "./call.schema"
import { findCallContext, insertCall, type DecidedCall } from "./calls.repo"
import { decide, type Decided } from "./deciding.service"
import { replayCall } from "./replay.service"
import { contentsOf, storedChange } from "./stored-change"

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
  const { credential, body, idempotency } = request
  const context = await findCallContext(credential, { runId: body.runId, ...body.tool }, idempotency)
  if (context === null) throw new AppError("unauthenticated")
  if (!context.principal.scopes.includes("request")) throw new AppError("scope_missing")
  if (context.prior !== null) return replayCall(credential, context.prior)
  if (context.run === null) throw new AppError("not_found")

  const decided = await decide({ ...context, run: context.run }, body)
  return decided.decision.decision === "deny"
    ? deny(request, decided, decided.decision)
    : proceed(request, decided, decided.decision)
}

type Denial = Extract<CallDecision, { decision: "deny" }>
type Passed = Exclude<CallDecision, Denial>

async function deny(request: CallRequest, decided: Decided, denial: Denial): Promise<CallAnswer> {
  const { code } = denial
  const reasons = denial.reasons.map(storable)
  if (!overRefusalLimit(request.credential, code)) {
    const reasonsDigest = sha256Hex(canonicalize(reasons))
    const status = code === "policy_denied" ? 403 : 422
    const outcome = { ...nothing, decision: "deny", status, reasons, reasonsDigest } as const
    await store(request, decided, outcome, null).catch(refuseUnrecorded)
  }

  return { decision: "deny", code, reasons }
}

/** Names in an input may hold U+0000, which a reason that is stored and read by people cannot. */
function storable({ code, message, path }: Reason): Reason {
  return { code, message: printable(message), ...(path === undefined ? {} : { path: printable(path) }) }
}

async function proceed(request: CallRequest, decided: Decided, passed: Passed): Promise<CallAnswer> {
  const { tenantId, input, call } = decided
  const tool = { ...request.body.tool, definition: passed.tool.definitionHash }
  const parts = request.body.change?.parts ?? []
  const proposed = { tenantId, runId: call.runId, tool, input, parts }
  const change =
    parts.length === 0
      ? null
      : await prepareChange(proposed, { diffPool: diffPool(), signal: request.signal })

  const outside = patchPathReasons(decided.patchPaths, changedFieldsOf(change))
  if (outside.length > 0) {
    return deny(request, decided, { decision: "deny", code: "policy_denied", reasons: outside })
  }
  return passed.decision === "allow"
    ? allow(request, decided, passed.tool, change)
    : suspend(request, decided, passed.required, change)
}

/** What a change does to records, as the server found it: not the patch that was sent. */
function changedFieldsOf(change: PreparedChange | null): ChangedField[] {
  return (change?.parts ?? []).flatMap((part, index) =>
    changedFields(part).map((field) => ({ field, path: `/change/parts/${index}` })),
  )
}

/** Lets the call run at once, with a permit of its own. */
async function allow(
  request: CallRequest,
  decided: Decided,
  tool: ActiveTool,
  change: PreparedChange | null,
): Promise<CallAnswer> {
  const executionId = newId("execution")
  const outcome = { ...nothing, decision: "allow", status: 200, executionId } as const
  const recorded = await store(request, decided, outcome, change)
  if (recorded.isClosed) return deny(request, decided, runClosed)

  const { call, tenantId } = decided
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
  request: CallRequest,
  decided: Decided,
  required: NonNullable<DecidedCall["approval"]>["required"],
  change: PreparedChange | null,
): Promise<CallAnswer> {
  const approvalId = newId("approval")
  const approval = { approvalId, required, ttlSeconds: decideWithinSeconds }
  const outcome = { ...nothing, decision: "pending", status: 202, approval } as const
  const recorded = await store(request, decided, outcome, change)
  if (recorded.isClosed) return deny(request, decided, runClosed)
  if (recorded.approval === null || change === null) throw new AppError("internal")

  const { call, tenantId } = decided
  notifyChange({ tenantId, approvalId, runId: call.runId })
  return {
    decision: "pending",
    callId: call.callId,
    approval: toApprovalView(recorded.approval, {
      envelope: change.envelope,
      diff: change.diff,
      origin: runtime().config.origin,
    }),
  }
}

type Outcome = Pick<
  DecidedCall,
  "decision" | "status" | "reasons" | "reasonsDigest" | "executionId" | "approval"
>

const nothing = { reasons: [], reasonsDigest: null, executionId: null, approval: null } as const

const runClosed: Denial = {
  decision: "deny",
  code: "policy_denied",
  reasons: [{ code: "run_closed", message: "The run was closed a moment ago." }],
}

/** Records the call with all that belongs to it; says so when its run has closed since it was decided. */
async function store(
  { credential, idempotency }: CallRequest,
  { tenantId, inputBytes, call }: Decided,
  outcome: Outcome,
  change: PreparedChange | null,
) {
  const stored: DecidedCall = { ...call, ...outcome, change: change === null ? null : storedChange(change) }
  const contents = contentsOf(tenantId, inputBytes, change)
  const recorded = await insertCall(credential, {
    call: stored,
    envelope: change?.envelopeBytes ?? null,
    contents,
    idempotency,
  })
  if (recorded.code !== null && recorded.code !== "run_closed") throw new AppError(recorded.code)

  return { isClosed: recorded.code === "run_closed", approval: recorded.approval }
}
