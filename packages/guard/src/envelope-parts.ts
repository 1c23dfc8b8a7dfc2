import { canonicalize, type JsonValue } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import { assertDigest, assertMembers } from "./envelope-members.ts"
import { assertForeignName } from "./names.ts"
import { moveTarget, partShapes, type PartKind, type PartOp, type PartShape } from "./part-kinds.ts"

/** A change has this many parts at most (SPEC 2.1). */
export const partsMax: number = 100

/** Checks the parts of an envelope: each by its kind, and no target twice. */
export function assertParts(parts: unknown): void {
  if (!Array.isArray(parts)) throw new ChangeError("invalid_envelope", "The parts are not a list.", "/parts")
  if (parts.length === 0) throw new ChangeError("no_change", "A change has at least one part.", "/parts")
  if (parts.length > partsMax)
    throw new ChangeError("too_many_parts", "A change has at most 100 parts.", "/parts")

  const taken = new Set<string>()
  for (let i = 0; i < parts.length; i++) {
    const where = `/parts/${i}`
    for (const target of assertPart(parts[i], where)) {
      if (taken.has(target)) throw new ChangeError("duplicate_target", "This target is already taken.", where)
      taken.add(target)
    }
  }
}

/** Checks one part and returns the targets it touches. */
function assertPart(part: unknown, where: string): string[] {
  assertMembers(part, where, ["kind", "op", "target", "before", "after"])
  if (!isKind(part.kind)) throw invalid("This kind is not known.", `${where}/kind`)
  const shape = partShapes[part.kind]
  if (!isOpOf(part.op, shape)) throw invalid("This kind has no such op.", `${where}/op`)

  const names = part.op === "move" ? moveTarget : shape.target
  assertMembers(part.target, `${where}/target`, Object.keys(names))
  for (const [name, check] of Object.entries(names)) check(part.target[name], `${where}/target/${name}`)

  const before = assertState(part.before, `${where}/before`, shape.state, shape.beforeOnly)
  const after = assertState(part.after, `${where}/after`, shape.state, [])
  assertOpFits(part.op, before, after, where)
  return targetsOf(part.kind, part.target)
}

type CheckedState = Readonly<Record<string, unknown>>

function assertState(
  state: unknown,
  where: string,
  required: readonly string[],
  optional: readonly string[],
): CheckedState {
  const isAbsent = typeof state === "object" && state !== null && "state" in state && state.state === "absent"
  if (isAbsent) {
    assertMembers(state, where, ["state"])
    return state
  }

  assertMembers(state, where, ["state", "bytes", "digest", ...required], optional)
  if (state.state !== "present") throw invalid("A state is absent or present.", where)
  if (!Number.isSafeInteger(state.bytes) || Number(state.bytes) < 0) {
    throw invalid("bytes is an integer from 0 to 2^53-1.", `${where}/bytes`)
  }
  assertDigest(state.digest, `${where}/digest`)
  if ("mode" in state && state.mode !== "100644" && state.mode !== "100755") {
    throw invalid("A mode is 100644 or 100755.", `${where}/mode`)
  }
  if ("format" in state && !["json", "yaml", "toml"].includes(String(state.format))) {
    throw invalid("A format is json, yaml or toml.", `${where}/format`)
  }
  if ("value" in state) assertDigest(state.value, `${where}/value`)
  if ("version" in state) assertForeignName(state.version, `${where}/version`)
  return state
}

function assertOpFits(op: PartOp, before: CheckedState, after: CheckedState, where: string): void {
  const states = `${String(before.state)} to ${String(after.state)}`
  if (states !== statesOf[op]) throw invalid(`${op} goes from ${statesOf[op]}.`, where)

  const isSameContent = before.digest === after.digest
  if (op === "update" && isSameContent && before.mode === after.mode) {
    throw new ChangeError("no_change", "Before and after are the same.", where)
  }
  if (op === "move" && !isSameContent) throw invalid("A move keeps the content.", where)
}

const statesOf: Readonly<Record<PartOp, string>> = {
  create: "absent to present",
  update: "present to present",
  delete: "present to absent",
  move: "present to present",
  send: "absent to present",
  execute: "absent to present",
  call: "absent to present",
}

function targetsOf(kind: PartKind, target: Record<string, unknown>): string[] {
  const { from, ...to } = target
  const places = from === undefined ? [to] : [to, { ...to, path: from }]
  return places.map((place) => canonicalize({ kind, place: place as Record<string, JsonValue> }))
}

function isKind(kind: unknown): kind is PartKind {
  return typeof kind === "string" && Object.hasOwn(partShapes, kind)
}

function isOpOf(op: unknown, shape: PartShape): op is PartOp {
  return shape.ops.some((known) => known === op)
}

function invalid(message: string, where: string): ChangeError {
  return new ChangeError("invalid_envelope", message, where)
}
