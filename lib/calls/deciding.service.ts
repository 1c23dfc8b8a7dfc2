import { canonicalize, sha256Hex, type JsonValue } from "@deltaseal/guard/change"
import { redact } from "@/lib/audit/redaction"
import { runtime } from "@/lib/env/runtime"
import { newId } from "@/lib/operations/new-id"
import { decideCall, type CallDecision } from "@/lib/policies/decision"
import { tenantIdsIn } from "@/lib/policies/tenant-ids"
import { inputSchemaOf } from "@/lib/tools/definitions.service"
import type { InputSchema } from "@/lib/tools/input-schema"
import type { ToolCallBody } from "./call.schema"
import type { OpenContext } from "./call-contexts.service"
import type { CallFactsRow } from "./calls.repo"

/** One call with the answer that policy gives it, ready to be recorded. */
export type Decided = Readonly<{
  tenantId: string
  input: JsonValue
  inputBytes: Buffer
  call: CallFactsRow
  decision: CallDecision
  context: OpenContext
}>

/**
 * Puts one call before policy (SPEC 3.1). Whatever cannot be checked is refused.
 *
 * @param hasIdempotencyKey whether the call, or the create that it is a part of, may be repeated
 */
export async function decide(
  context: OpenContext,
  body: ToolCallBody,
  hasIdempotencyKey: boolean,
): Promise<Decided> {
  const { principal, tenant, run, tools } = context
  const input = body.input as JsonValue
  const inputBytes = Buffer.from(canonicalize(input), "utf8")
  const tool = tools.find(({ version }) => version === body.tool.version)
  const schema = tool === undefined ? null : await enforceableSchema(principal.tenantId, tool.definitionHash)

  return {
    tenantId: principal.tenantId,
    input,
    inputBytes,
    decision: judge(context, { body, input, hasIdempotencyKey }, schema),
    context,
    call: {
      callId: newId("call"),
      runId: run.runId,
      ...body.tool,
      tier: tool?.tier ?? null,
      definitionHash: tool?.definitionHash ?? null,
      agentReason: body.reason ?? null,
      inputDigest: sha256Hex(inputBytes),
      inputRedacted: JSON.stringify(redact(input, schema?.marked(input, "x-sensitive"))),
      policyVersion: tenant.policyVersion,
    },
  }
}

function judge(
  { principal, run, tools, allowed }: OpenContext,
  {
    body,
    input,
    hasIdempotencyKey,
  }: Readonly<{
    body: ToolCallBody
    input: JsonValue
    hasIdempotencyKey: boolean
  }>,
  schema: InputSchema | null,
): CallDecision {
  const found = tenantIdsIn(input, schema?.marked(input, "x-tenant-id"))

  return decideCall({
    tenantId: principal.tenantId,
    key: principal,
    run,
    call: { ...body.tool, hasChange: (body.change?.parts.length ?? 0) > 0, hasIdempotencyKey },
    registered: tools,
    allowedInEnvironment: allowed,
    inputReasons: schema?.check(input) ?? null,
    tenantIds: found.map(({ path, value }) => ({ path: `/input${path}`, value })),
  })
}

/** A schema that cannot be had leaves the check undone, and a check that is not done refuses the call. */
async function enforceableSchema(tenantId: string, definitionHash: string): Promise<InputSchema | null> {
  try {
    return await inputSchemaOf(tenantId, definitionHash)
  } catch (error) {
    runtime().logger.warn({ err: error }, "a registered input schema does not compile; the call is refused")
    return null
  }
}
