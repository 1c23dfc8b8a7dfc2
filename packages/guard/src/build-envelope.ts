import { canonicalize, isPlainObject, type JsonValue } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import { fileState, type FileContent, type State } from "./content.ts"
import { assertEnvelope, type Envelope, type EnvelopePart, type ToolIdentity } from "./envelope.ts"
import { sha256Hex } from "./hashes.ts"
import type { PartOp } from "./part-kinds.ts"
import { recordAfter, recordState, type PatchedRecordPart, type RecordPart } from "./record.ts"

/** A file as it is and as it would be; null is a file that is not there. */
export type FilePart = {
  kind: "file"
  target: { workspace: string; path: string }
  before: FileContent | null
  after: FileContent | null
}

/** What a client proposes for one target. The union grows with the kinds. */
export type ChangePart = FilePart | RecordPart | PatchedRecordPart

/** A call whose change is to be hashed. */
export type ProposedChange = Readonly<{
  tenantId: string
  runId: string
  tool: ToolIdentity
  input: JsonValue
  parts: readonly ChangePart[]
}>

/**
 * The envelope of a proposed change. Server and guard both build it, each from
 * the bytes it holds, and compare the hashes.
 *
 * @throws ChangeError for anything SPEC 2.1, 2.2 or 2.4 refuses
 */
export function buildEnvelope(change: ProposedChange): Envelope {
  const { server, name, version, definition } = change.tool
  return assertEnvelope({
    v: 1,
    tenantId: change.tenantId,
    runId: change.runId,
    tool: { server, name, version, definition },
    input: inputDigest(change.input),
    parts: change.parts.map(envelopePart),
  })
}

/** What an envelope and a permit say of a call's input. */
export function inputDigest(input: JsonValue): string {
  return sha256Hex(canonicalize(input))
}

function envelopePart(part: ChangePart, index: number): EnvelopePart {
  const where = `/parts/${index}`
  assertPart(part, where)
  const { before, after } = statesOf(part, where)
  // Copied as they are: what does not belong in a target is refused with the whole envelope.
  return { kind: part.kind, op: opOf(before, after, where), target: { ...part.target }, before, after }
}

function statesOf(part: ChangePart, where: string): Readonly<{ before: State; after: State }> {
  if (part.kind === "file") {
    const before = at(`${where}/before`, () => fileState(part.before))
    return { before, after: at(`${where}/after`, () => fileState(part.after)) }
  }
  const before = at(`${where}/before`, () => recordState(part.before, part.version))
  const after = at(`${where}/${"patch" in part ? "patch" : "after"}`, () => recordState(recordAfter(part)))
  return { before, after }
}

/** The members of a part, before anything reads them: what nobody expects would be shown to nobody. */
function assertPart(part: unknown, where: string): void {
  const refuse = (message: string) => new ChangeError("unsupported_change", message, where)
  if (!isPlainObject(part)) throw refuse("A part is an object.")
  const { kind, target, ...members } = part
  if (kind !== "file" && kind !== "record") throw refuse("Only files and records can be changed so far.")
  if (kind === "file" && isPlainObject(target) && "from" in target) {
    throw refuse("Files cannot be moved so far.")
  }

  const { version, ...sides } = members
  const names = Object.keys(kind === "file" ? members : sides)
    .sort()
    .join()
  const isWhole = Object.values(sides).every((side) => side !== undefined)
  if (!isWhole || (names !== "after,before" && !(kind === "record" && names === "before,patch"))) {
    throw refuse("A part has kind, target, before and after; a record may have a patch instead of after.")
  }
  if (kind !== "record" || members.before !== null) return
  if (version !== undefined || "patch" in members) {
    throw refuse("A record that is not there has no version and takes no patch.")
  }
}

function opOf(before: State, after: State, where: string): PartOp {
  if (before.state === "present") return after.state === "present" ? "update" : "delete"
  if (after.state === "present") return "create"
  throw new ChangeError("no_change", "The target is absent before and after.", where)
}

function at<Value>(where: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ChangeError)) throw error
    throw new ChangeError(error.code, error.message, `${where}${error.path ?? ""}`)
  }
}
