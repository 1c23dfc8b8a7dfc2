import { buildEnvelope, inputDigest } from "./build-envelope.ts"
import type { JsonValue } from "./canonical.ts"
import type { ConfigDigest } from "./config-part.ts"
import { changeHash, type EnvelopePart, type ToolIdentity } from "./envelope.ts"
import type { GuardedKind, GuardedKinds, GuardedPart } from "./guarded-kinds.ts"
import type { Tier } from "./answers.ts"

/** A part as a tool plans it. */
export type PlannedPart<Kind extends GuardedKind = "file"> = GuardedKinds[Kind]["planned"]

/** What a tool would do, and in the agent's words why. */
export type Plan<Kind extends GuardedKind = "file"> = Readonly<{
  parts: readonly PlannedPart<Kind>[]
  reason?: string
  /** Asks to go through the motions only: `apply` gets `dryRun` and must leave everything as it is. */
  dryRun?: boolean
}>

/** A planned call with everything its hash covers. */
export type Proposal = Readonly<{
  tenantId: string
  runId: string
  tool: ToolIdentity
  tier: Tier | null
  input: JsonValue
  dryRun: boolean
  inputDigest: string
  parts: GuardedPart[]
  /** The parts as they are hashed: each with its op and the states it is bound by. */
  bound: readonly EnvelopePart[]
  changeHash: string
}>

export type Call = Pick<Proposal, "tenantId" | "runId" | "tool" | "tier" | "input" | "dryRun">

/** @throws ChangeError when the parts are not a change that can be hashed */
export function propose(call: Call, parts: GuardedPart[], configDigest?: ConfigDigest): Proposal {
  const envelope = buildEnvelope({ ...call, parts }, configDigest === undefined ? {} : { configDigest })
  return {
    ...call,
    inputDigest: inputDigest(call.input),
    parts,
    bound: envelope.parts,
    changeHash: changeHash(envelope),
  }
}

/**
 * Takes the change out of the tool's hands and hashes it again: what this
 * returns is what will be applied, whatever the tool does to its own copy.
 */
export function sealed(proposal: Proposal, configDigest?: ConfigDigest): Proposal {
  const { parts, tenantId, runId, tool, tier, input, dryRun } = structuredClone(proposal)
  // A journal that an earlier version left knows nothing of dry runs.
  const call = { tenantId, runId, tool, tier, input, dryRun: (dryRun as boolean | undefined) ?? false }
  return deepFreeze(propose(call, parts, configDigest))
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member)
    Object.freeze(value)
  }
  return value
}
