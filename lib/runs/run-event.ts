import type { JsonValue } from "@deltaseal/guard/change"
import type { RunEvent } from "./run.schema"

/** What an event is made from besides its leaf. */
export type EventSources = Readonly<{
  calls: ReadonlyMap<string, CallSource>
  people: ReadonlyMap<string, string>
}>

type CallSource = Readonly<{
  server: string
  name: string
  version: string
  inputDigest: string
  inputRedacted: string
  reasons: JsonValue
  matchedRule: string | null
  checks: string | null
  approvalId: string | null
  execution: Readonly<{
    executionId: string
    outputSha256: string | null
    outputRedacted: string | null
    receipts: JsonValue
  }> | null
}>

type LeafRow = Readonly<{
  tenantId: string
  eventId: string
  type: string
  at: Date
  runId: string | null
  callId: string | null
  approvalId: string | null
  executionId: string | null
  leaf: Buffer
}>

type LeafBody = Readonly<{
  actor: Readonly<{ kind: string; id: string }>
  fields: Readonly<Record<string, string | number | boolean | Readonly<{ commit: string }>>>
}>

/** What each type of leaf says happened, in the words of SPEC 5.4. */
const results: Readonly<Record<string, string>> = {
  "tool_call.allowed": "allowed",
  "tool_call.pending": "blocked_pending_approval",
  "tool_call.denied": "denied",
  "approval.consume_refused": "refused",
}

/** A leaf as people and exports read it (SPEC 5.4). */
export function toRunEvent(row: LeafRow, { calls, people }: EventSources): RunEvent {
  const body = JSON.parse(row.leaf.toString("utf8")) as LeafBody
  const call = row.callId === null ? undefined : calls.get(row.callId)
  const isOutcome = row.type.startsWith("execution.")

  return {
    eventId: row.eventId,
    eventType: row.type,
    runId: row.runId ?? "",
    tenantId: row.tenantId,
    tool: call === undefined ? null : { server: call.server, name: call.name, version: call.version },
    callId: row.callId,
    executionId: row.executionId,
    gates: {
      requiresApproval: (row.approvalId ?? call?.approvalId ?? null) !== null,
      approvalId: row.approvalId ?? call?.approvalId ?? null,
    },
    input: call === undefined ? null : { sha256: call.inputDigest, redacted: jsonOrNull(call.inputRedacted) },
    output: isOutcome ? outputOf(call) : null,
    result: resultOf(row.type, body, call),
    ...(row.type.startsWith("tool_call.") ? explained(call) : { matchedRule: null, checks: [] }),
    by: { ...body.actor, name: people.get(body.actor.id) ?? null },
    receipts: isOutcome ? ((call?.execution?.receipts ?? []) as Record<string, string>[]) : [],
    timestamp: row.at.toISOString(),
  }
}

function resultOf(type: string, { fields }: LeafBody, call: CallSource | undefined): RunEvent["result"] {
  const { code, matchesApproved } = fields
  const reasons = type === "tool_call.denied" ? (call?.reasons as RunEvent["result"]["reasons"]) : undefined

  return {
    status: results[type] ?? type.slice(type.indexOf(".") + 1),
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof matchesApproved === "boolean" ? { matchesApproved } : {}),
    ...(reasons === undefined ? {} : { reasons }),
  }
}

function outputOf(call: CallSource | undefined): RunEvent["output"] {
  if (call?.execution?.outputSha256 == null) return null

  return { sha256: call.execution.outputSha256, redacted: jsonOrNull(call.execution.outputRedacted) }
}

/** Why a call was let through, put to people or refused. */
function explained(call: CallSource | undefined): Pick<RunEvent, "matchedRule" | "checks"> {
  return {
    matchedRule: call?.matchedRule ?? null,
    checks: call?.checks == null ? [] : (JSON.parse(call.checks) as RunEvent["checks"]),
  }
}

type Redacted = NonNullable<RunEvent["input"]>["redacted"]

function jsonOrNull(text: string | null): Redacted {
  return text === null ? null : (JSON.parse(text) as Redacted)
}
