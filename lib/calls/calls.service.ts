import { canonicalize, sha256Hex, type ChangePart, type JsonValue } from "@deltaseal/guard/change"
import { decideWithinSeconds } from "@/lib/approvals/approval"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { toApprovalView } from "@/lib/approvals/approval.view"
import { overRefusalLimit } from "@/lib/audit/refusals.service"
import { redact } from "@/lib/audit/redaction"
import { prepareChange, type PreparedChange } from "@/lib/changes/changes.service"
import { diffPool } from "@/lib/changes/shared-diff-pool"
import { runtime } from "@/lib/env/runtime"
import { AppError, type Reason } from "@/lib/errors/app-error"
import type { KeyCredential } from "@/lib/keys/credential"
import { notifyChange } from "@/lib/notifications/notifier"
import { newId } from "@/lib/operations/new-id"
import { signPermit } from "@/lib/permits/permits.service"
import { decideCall, type CallDecision } from "@/lib/policies/decision"
import { tenantIdsIn } from "@/lib/policies/tenant-ids"
import { inputSchemaOf } from "@/lib/tools/definitions.service"
import type { InputSchema } from "@/lib/tools/input-schema"
import type { ToolCallBody } from "./call.schema"
import { findCallContext, insertCall, type CallContext, type DecidedCall } from "./calls.repo"
import { contentsOf, storedChange } from "./stored-change"

/** What the server answers to a tool call. A policy that says no is an answer, not an error. */
export type CallAnswer =
  | Readonly<{ decision: "allow"; callId: string; executionId: string; permit: string }>
  | Readonly<{ decision: "pending"; callId: string; approval: ApprovalView }>
  | Readonly<{ decision: "deny"; code: "policy_denied" | "invalid_input"; reasons: readonly Reason[] }>

type OpenContext = CallContext & { run: NonNullable<CallContext["run"]> }

/**
 * Decides one tool call: policy first, then the exact change and its hash.
 *
 * @throws AppError `unauthenticated`, `scope_missing`, `not_found` for the run, and the code of whatever
 * is wrong with the change
 */
export async function requestCall(
  credential: KeyCredential,
  body: ToolCallBody,
  signal: AbortSignal,
): Promise<CallAnswer> {
  const context = await findCallContext(credential, { runId: body.runId, ...body.tool })
  if (context === null) throw new AppError("unauthenticated")
  if (!context.principal.scopes.includes("request")) throw new AppError("scope_missing")
  if (context.run === null) throw new AppError("not_found")

  const open = { ...context, run: context.run }
  const input = body.input as JsonValue
  const schema = await schemaFor(open, body)
  const decided = decide(open, body, input, schema)
  const call = describe(open, body, input, schema)
  if (decided.decision === "deny") return deny(credential, call, decided)

  return proceed(credential, body, call, decided, signal)
}

function decide(
  { principal, run, tools, allowed }: OpenContext,
  body: ToolCallBody,
  input: JsonValue,
  schema: InputSchema | null,
): CallDecision {
  return decideCall({
    tenantId: principal.tenantId,
    key: principal,
    run,
    call: { ...body.tool, hasChange: (body.change?.parts.length ?? 0) > 0 },
    registered: tools,
    allowedInEnvironment: allowed,
    inputReasons: schema?.check(input) ?? null,
    tenantIds: tenantIdsIn(input, schema?.marked(input, "x-tenant-id")).map(({ path, value }) => ({
      path: `/input${path}`,
      value,
    })),
  })
}

/** A schema that cannot be had leaves the check undone, and a check that is not done refuses the call. */
async function schemaFor({ principal, tools }: OpenContext, body: ToolCallBody): Promise<InputSchema | null> {
  const tool = tools.find(({ version }) => version === body.tool.version)
  if (tool === undefined) return null

  try {
    return await inputSchemaOf(principal.tenantId, tool.definitionHash)
  } catch (error) {
    runtime().logger.warn({ err: error }, "a registered input schema does not compile; the call is refused")
    return null
  }
}

type CallBase = Omit<
  DecidedCall,
  "decision" | "reasons" | "reasonsDigest" | "executionId" | "change" | "approval"
> &
  Readonly<{ tenantId: string; inputBytes: Buffer; input: JsonValue }>

function describe(
  { principal, tenant, run, tools }: OpenContext,
  body: ToolCallBody,
  input: JsonValue,
  schema: InputSchema | null,
): CallBase {
  const inputBytes = Buffer.from(canonicalize(input), "utf8")
  const tool = tools.find(({ version }) => version === body.tool.version)

  return {
    tenantId: principal.tenantId,
    callId: newId("call"),
    runId: run.runId,
    ...body.tool,
    tier: tool?.tier ?? null,
    definitionHash: tool?.definitionHash ?? null,
    agentReason: body.reason ?? null,
    input,
    inputBytes,
    inputDigest: sha256Hex(inputBytes),
    inputRedacted: JSON.stringify(redact(input, schema?.marked(input, "x-sensitive"))),
    policyVersion: tenant.policyVersion,
  }
}

async function deny(
  credential: KeyCredential,
  { tenantId, input: _input, inputBytes, ...call }: CallBase,
  { code, reasons }: CallDecision & { decision: "deny" },
): Promise<CallAnswer> {
  if (!overRefusalLimit(credential, code)) {
    const reasonsDigest = sha256Hex(canonicalize(reasons as unknown as JsonValue))
    const denied = {
      ...call,
      decision: "deny",
      reasons,
      reasonsDigest,
      executionId: null,
      change: null,
      approval: null,
    } as const
    const recorded = await insertCall(credential, denied, null, contentsOf(tenantId, inputBytes, null))
    if (recorded.code !== null) throw new AppError(recorded.code)
  }

  return { decision: "deny", code, reasons }
}

async function proceed(
  credential: KeyCredential,
  body: ToolCallBody,
  { tenantId, input, inputBytes, ...call }: CallBase,
  decided: Exclude<CallDecision, { decision: "deny" }>,
  signal: AbortSignal,
): Promise<CallAnswer> {
  const tool = { ...body.tool, definition: decided.tool.definitionHash }
  const parts = (body.change?.parts ?? []) as ChangePart[]
  const proposed = { tenantId, runId: call.runId, tool, input, parts }
  const change = parts.length === 0 ? null : await prepareChange(proposed, { diffPool: diffPool(), signal })
  const executionId = decided.decision === "allow" ? newId("execution") : null
  const recorded = await insertCall(
    credential,
    {
      ...call,
      decision: decided.decision,
      reasons: [],
      reasonsDigest: null,
      executionId,
      change: change === null ? null : storedChange(change),
      approval:
        decided.decision === "pending"
          ? { approvalId: newId("approval"), required: decided.required, ttlSeconds: decideWithinSeconds }
          : null,
    },
    change?.envelopeBytes ?? null,
    contentsOf(tenantId, inputBytes, change),
  )
  if (recorded.code === "run_closed") {
    return {
      decision: "deny",
      code: "policy_denied",
      reasons: [{ code: "run_closed", message: "The run was closed." }],
    }
  }
  if (recorded.code !== null) throw new AppError(recorded.code)
  if (executionId !== null) return allowed(call, tenantId, tool.definition, change, executionId)
  if (recorded.approval === null || change === null) throw new AppError("internal")

  notifyChange({ tenantId, approvalId: recorded.approval.approvalId, runId: call.runId })
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

async function allowed(
  call: Omit<CallBase, "tenantId" | "input" | "inputBytes">,
  tenantId: string,
  definitionHash: string,
  change: PreparedChange | null,
  executionId: string,
): Promise<CallAnswer> {
  const permit = await signPermit({
    executionId,
    tenantId,
    runId: call.runId,
    server: call.server,
    tool: call.name,
    toolVersion: call.version,
    definitionHash,
    decision: "allow",
    inputDigest: call.inputDigest,
    ...(change === null ? {} : { changeHash: change.changeHash }),
    policyVersion: call.policyVersion,
    voters: [],
  })

  return { decision: "allow", callId: call.callId, executionId, permit }
}
