import { canonicalize, isPlainObject, type JsonValue } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import { fileState, type FileContent, type State } from "./content.ts"
import { assertEnvelope, type Envelope, type EnvelopePart, type ToolIdentity } from "./envelope.ts"
import { sha256Hex } from "./hashes.ts"
import type { PartOp } from "./part-kinds.ts"

/** A file as it is and as it would be; null is a file that is not there. */
export type FilePart = {
  kind: "file"
  target: { workspace: string; path: string }
  before: FileContent | null
  after: FileContent | null
}

/** What a client proposes for one target. The union grows with the kinds. */
export type ChangePart = FilePart

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
  assertFilePart(part, where)
  const before = at(`${where}/before`, () => fileState(part.before))
  const after = at(`${where}/after`, () => fileState(part.after))
  // Copied as they are: what does not belong in a target is refused with the whole envelope.
  return { kind: part.kind, op: opOf(before, after, where), target: { ...part.target }, before, after }
}

function assertFilePart(part: unknown, where: string): void {
  if (!isPlainObject(part)) throw new ChangeError("unsupported_change", "A part is an object.", where)
  const { kind, target, before, after, ...unknown } = part
  if (kind !== "file") throw new ChangeError("unsupported_change", "Only files can be changed so far.", where)
  if (isPlainObject(target) && "from" in target) {
    throw new ChangeError("unsupported_change", "Files cannot be moved so far.", where)
  }
  const isWhole = before !== undefined && after !== undefined
  if (!isWhole || Object.keys(unknown).length > 0) {
    throw new ChangeError("unsupported_change", "A part has kind, target, before and after.", where)
  }
}

function opOf(before: State, after: State, where: string): PartOp {
  if (before.state === "present") return after.state === "present" ? "update" : "delete"
  if (after.state === "present") return "create"
  throw new ChangeError("no_change", "The file is absent before and after.", where)
}

function at<Value>(where: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ChangeError)) throw error
    throw new ChangeError(error.code, error.message, where)
  }
}
