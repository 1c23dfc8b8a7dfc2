import { buildEnvelope, inputDigest, type FilePart } from "./build-envelope.ts"
import type { JsonValue } from "./canonical.ts"
import { fileState, type FileContent, type State } from "./content.ts"
import { changeHash, type ToolIdentity } from "./envelope.ts"
import type { Tier } from "./answers.ts"

/** A part as a tool plans it. Without `before` the guard observes the target itself. */
export type PlannedPart = Readonly<{
  kind?: "file"
  target: Readonly<{ workspace: string; path: string }>
  before?: FileContent | null
  after: FileContent | null
}>

/** What a tool would do, and in the agent's words why. */
export type Plan = Readonly<{ parts: readonly PlannedPart[]; reason?: string }>

/** Reads what is at a target now; null when nothing is. */
export type Observe = (target: FilePart["target"]) => Promise<FileContent | null> | FileContent | null

/** A planned call with everything its hash covers. */
export type Proposal = Readonly<{
  tenantId: string
  runId: string
  tool: ToolIdentity
  tier: Tier | null
  input: JsonValue
  inputDigest: string
  parts: FilePart[]
  changeHash: string
}>

export type Call = Pick<Proposal, "tenantId" | "runId" | "tool" | "tier" | "input">

/** @throws ChangeError when the parts are not a change that can be hashed */
export function propose(call: Call, parts: FilePart[]): Proposal {
  const hash = changeHash(buildEnvelope({ ...call, parts }))
  return { ...call, inputDigest: inputDigest(call.input), parts, changeHash: hash }
}

/** The planned parts with their *before*, observed where the plan does not bring it. */
export async function complete(planned: readonly PlannedPart[], observe: Observe): Promise<FilePart[]> {
  const parts: FilePart[] = []
  // One after the other: a change of a hundred files must not open a hundred at once.
  for (const { target, before, after } of planned) {
    const found = before === undefined ? await observe({ ...target }) : before
    parts.push({ kind: "file", target, before: found, after })
  }
  return parts
}

/** The live state of each part's target, in order. */
export async function observeAll(parts: readonly FilePart[], observe: Observe): Promise<State[]> {
  const states: State[] = []
  for (const part of parts) states.push(fileState(await observe({ ...part.target })))
  return states
}

/**
 * Takes the change out of the tool's hands and hashes it again: what this
 * returns is what will be applied, whatever the tool does to its own copy.
 */
export function sealed(proposal: Proposal): Proposal {
  const { parts, ...call } = deepFreeze(structuredClone(proposal))
  return Object.freeze(propose(call, parts))
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member)
    Object.freeze(value)
  }
  return value
}
