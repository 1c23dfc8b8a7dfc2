import { listOf, objectOf, oneOf, textOf, textOrNull } from "./answer.ts"
import { isPlainObject, type JsonValue } from "./canonical.ts"

export const tiers = [
  "T0_READ",
  "T1_REVERSIBLE_WRITE",
  "T2_IRREVERSIBLE_WRITE",
  "T3_EXECUTE",
  "T4_IDENTITY_MONEY_OUTBOUND",
] as const
export type Tier = (typeof tiers)[number]

export type Run = Readonly<{
  runId: string
  tenantId: string
  status: string
  allowedTools: readonly Readonly<{ server: string; name: string; version: string; tier: Tier }>[]
  /** A token for this run, in the answer that opened it and in no other. */
  token: RunToken | null
}>

/** Stands in for the API key within one run until it expires. */
export type RunToken = Readonly<{ runToken: string; expiresAt: Date }>

export type ToolCallAnswer =
  | Readonly<{ decision: "allow"; callId: string; executionId: string; permit: string }>
  | Readonly<{ decision: "pending"; callId: string; approval: Approval }>

/** The last is a denial that says what to change. */
export const voteDecisions = ["approve", "deny", "request_changes"] as const

export type Vote = Readonly<{
  name: string
  decision: (typeof voteDecisions)[number]
  reason: string | null
  at: string
}>

export const approvalStatuses = [
  "pending",
  "approved",
  "denied",
  "expired",
  "cancelled",
  "stale",
  "consumed",
] as const
export type ApprovalStatus = (typeof approvalStatuses)[number]

/** An approval as far as a guard acts on it; the server's answer has more (SPEC 9.1). */
export type Approval = Readonly<{
  approvalId: string
  runId: string
  tenantId: string
  status: ApprovalStatus
  changeHash: string
  expiresAt: string | null
  reviewUrl: string
  votes: readonly Vote[]
  /** Why it ended without a vote, where the server says so. */
  endedBecause: string | null
  /** The parts that people read, as they were hashed; nothing rests on them but which parts they are. */
  shownParts: readonly JsonValue[]
}>

export type Consumed = Readonly<{ executionId: string; permit: string; replayed: boolean }>
export type Reported = Readonly<{ executionId: string; status: string; matchesApproved: boolean | null }>

/** What became of a registration, and what a person has to do next; null when nothing is missing. */
export type RegisteredTool = Readonly<{
  server: string
  name: string
  version: string
  result: "registered" | "changed" | "unchanged"
  status: "waiting" | "active" | "suspended"
  tier: Tier | null
  next: Readonly<{ code: string; message: string }> | null
}>

/** The hashes under which the server knows a tool now: what people accepted, and what waits for them. */
export type KnownHashes = Readonly<{ accepted: string | null; offered: string | null }>

export function readRegistered(value: JsonValue): Readonly<{ tool: RegisteredTool; hashes: KnownHashes }> {
  const answer = objectOf(value, "registration")
  const tool = objectOf(answer.tool, "tool")
  const next = tool.next === null ? null : objectOf(tool.next, "next step")
  return {
    tool: {
      server: textOf(tool.server, "tool server"),
      name: textOf(tool.name, "tool name"),
      version: textOf(tool.version, "tool version"),
      result: oneOf(answer.result, ["registered", "changed", "unchanged"], "result"),
      status: oneOf(tool.status, ["waiting", "active", "suspended"], "tool status"),
      tier: tool.tier === null ? null : oneOf(tool.tier, tiers, "tier"),
      next: next && { code: textOf(next.code, "next step"), message: textOf(next.message, "next step") },
    },
    hashes: { accepted: textOrNull(tool.definitionHash), offered: textOrNull(tool.offeredHash) },
  }
}

export function readRun(value: JsonValue): Run {
  const run = objectOf(value, "run")
  return {
    runId: textOf(run.runId, "runId"),
    tenantId: textOf(run.tenantId, "tenantId"),
    status: textOf(run.status, "status"),
    token: typeof run.runToken === "string" ? readRunToken(value) : null,
    allowedTools: listOf(run.allowedTools, "allowedTools").map((item) => {
      const tool = objectOf(item, "allowed tool")
      return {
        server: textOf(tool.server, "tool server"),
        name: textOf(tool.name, "tool name"),
        version: textOf(tool.version, "tool version"),
        tier: oneOf(tool.tier, tiers, "tier"),
      }
    }),
  }
}

export function readRunToken(value: JsonValue): RunToken {
  const answer = objectOf(value, "run token")
  const expiresAt = new Date(textOf(answer.runTokenExpiresAt, "runTokenExpiresAt"))
  if (Number.isNaN(expiresAt.getTime())) textOf(null, "runTokenExpiresAt")
  return { runToken: textOf(answer.runToken, "runToken"), expiresAt }
}

export function readToolCall(value: JsonValue): ToolCallAnswer {
  const answer = objectOf(value, "decision")
  const callId = textOf(answer.callId, "callId")
  const decision = oneOf(answer.decision, ["allow", "pending"], "decision")
  if (decision === "pending") return { decision, callId, approval: readApproval(answer.approval ?? null) }
  const executionId = textOf(answer.executionId, "executionId")
  return { decision, callId, executionId, permit: textOf(answer.permit, "permit") }
}

export function readApproval(value: JsonValue): Approval {
  const approval = objectOf(value, "approval")
  return {
    approvalId: textOf(approval.approvalId, "approvalId"),
    runId: textOf(approval.runId, "runId"),
    tenantId: textOf(approval.tenantId, "tenantId"),
    status: oneOf(approval.status, approvalStatuses, "status"),
    changeHash: textOf(approval.changeHash, "changeHash"),
    expiresAt: textOrNull(approval.expiresAt),
    reviewUrl: textOf(approval.reviewUrl, "reviewUrl"),
    votes: listOf(approval.votes, "votes").map(readVote),
    endedBecause: textOrNull(approval.endedBecause),
    shownParts: shownPartsOf(approval.envelope),
  }
}

/** The first approval of a list, by its id. */
export function readFirstId(value: JsonValue): string | null {
  const [first] = listOf(objectOf(value, "list").items, "items")
  return first === undefined ? null : textOf(objectOf(first, "approval").approvalId, "approvalId")
}

function shownPartsOf(envelope: JsonValue | undefined): readonly JsonValue[] {
  if (!isPlainObject(envelope) || !Array.isArray(envelope.parts)) return []
  return envelope.parts
}

export function readConsumed(value: JsonValue): Consumed {
  const consumed = objectOf(value, "execution")
  return {
    executionId: textOf(consumed.executionId, "executionId"),
    permit: textOf(consumed.permit, "permit"),
    // Anything but a plain false is treated as a replay: the careful side.
    replayed: consumed.replayed !== false,
  }
}

export function readReported(value: JsonValue): Reported {
  const reported = objectOf(value, "execution")
  const { matchesApproved } = reported
  return {
    executionId: textOf(reported.executionId, "executionId"),
    status: textOf(reported.status, "status"),
    matchesApproved: typeof matchesApproved === "boolean" ? matchesApproved : null,
  }
}

function readVote(value: JsonValue): Vote {
  const vote = objectOf(value, "vote")
  return {
    name: textOf(vote.name, "voter"),
    decision: oneOf(vote.decision, voteDecisions, "vote"),
    reason: textOrNull(vote.reason),
    at: textOf(vote.at, "vote time"),
  }
}
