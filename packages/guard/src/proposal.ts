import { buildEnvelope, inputDigest, type FilePart } from "./build-envelope.ts"
import type { JsonValue } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import type { State } from "./content.ts"
import { changeHash, type ToolIdentity } from "./envelope.ts"
import {
  liveState,
  type GuardedKind,
  type GuardedKinds,
  type GuardedPart,
  type ObservedContent,
  type PlannedFile,
  type PlannedRecord,
  type RecordContent,
} from "./guarded-kinds.ts"
import { recordAfter, type RecordPart } from "./record.ts"
import type { Tier } from "./answers.ts"

/** A part as a tool plans it. */
export type PlannedPart<Kind extends GuardedKind = "file"> = GuardedKinds[Kind]["planned"]

/** What a tool would do, and in the agent's words why. */
export type Plan<Kind extends GuardedKind = "file"> = Readonly<{
  parts: readonly PlannedPart<Kind>[]
  reason?: string
}>

/** Reads what is at a target now; null when nothing is. */
export type Observe = (
  target: GuardedPart["target"],
) => Promise<ObservedContent | null> | ObservedContent | null

/** A planned call with everything its hash covers. */
export type Proposal = Readonly<{
  tenantId: string
  runId: string
  tool: ToolIdentity
  tier: Tier | null
  input: JsonValue
  inputDigest: string
  parts: GuardedPart[]
  changeHash: string
}>

export type Call = Pick<Proposal, "tenantId" | "runId" | "tool" | "tier" | "input">

/** @throws ChangeError when the parts are not a change that can be hashed */
export function propose(call: Call, parts: GuardedPart[]): Proposal {
  const hash = changeHash(buildEnvelope({ ...call, parts }))
  return { ...call, inputDigest: inputDigest(call.input), parts, changeHash: hash }
}

/** The planned parts with their *before*, observed where the plan does not bring it. */
export async function complete(
  planned: readonly PlannedPart<GuardedKind>[],
  observe: Observe,
): Promise<GuardedPart[]> {
  const parts: GuardedPart[] = []
  // One after the other: a change of a hundred files must not open a hundred at once.
  for (const part of planned) {
    const found = part.before === undefined ? await observe({ ...part.target }) : part.before
    parts.push(part.kind === "record" ? completeRecord(part, found) : completeFile(part, found))
  }
  return parts
}

function completeFile({ target, after }: PlannedFile, found: ObservedContent | null): FilePart {
  // The cast promises nothing: what is no content of a file is refused when it is hashed.
  return { kind: "file", target, before: found as FilePart["before"], after }
}

function completeRecord(planned: PlannedRecord, found: ObservedContent | null): RecordPart {
  const { value: before = null, version } = (found ?? {}) as Partial<RecordContent>
  const bound = {
    kind: "record",
    target: planned.target,
    ...(version === undefined ? {} : { version }),
  } as const
  if (!("patch" in planned)) return { ...bound, before, after: planned.after }
  if (before === null) throw new ChangeError("invalid_patch", "There is no record to patch.")
  return { ...bound, before, after: recordAfter({ ...bound, before, patch: planned.patch }) }
}

/** The live state of each part's target, in order. */
export async function observeAll(parts: readonly GuardedPart[], observe: Observe): Promise<State[]> {
  const states: State[] = []
  for (const part of parts) states.push(liveState(part, await observe({ ...part.target })))
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
