import { canonicalize, type JsonValue } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import { assertCommand, type CommandPart } from "./command.ts"
import { configState, type ConfigDigest, type ConfigPart } from "./config-part.ts"
import { fileState, type FileContent, type State } from "./content.ts"
import { assertEnvelope, type Envelope, type EnvelopePart, type ToolIdentity } from "./envelope.ts"
import { sha256Hex } from "./hashes.ts"
import { jsonState } from "./json-content.ts"
import { assertMessage, type MessagePart } from "./message.ts"
import { assertPartMembers } from "./part-members.ts"
import type { PartOp } from "./part-kinds.ts"
import { recordAfter, recordState, type PatchedRecordPart, type RecordPart } from "./record.ts"

/**
 * A file as it is and as it would be; null is a file that is not there. With
 * `from` in its target it moves: *before* is the file at `from`, *after* the same
 * bytes at `path`, where nothing may be.
 */
export type FilePart = {
  kind: "file"
  target: { workspace: string; path: string; from?: string }
  before: FileContent | null
  after: FileContent | null
}

/** The call itself, where nothing better is known of what it does: *after* is its input. */
export type CallPart = { kind: "call"; target: { server: string; name: string } }

/** What a client proposes for one target (SPEC 2.1). */
export type ChangePart =
  FilePart | RecordPart | PatchedRecordPart | ConfigPart | MessagePart | CommandPart | CallPart

/** A call whose change is to be hashed. */
export type ProposedChange = Readonly<{
  tenantId: string
  runId: string
  tool: ToolIdentity
  input: JsonValue
  parts: readonly ChangePart[]
}>

/** `configDigest`: reads configs that are not JSON; from `@deltaseal/guard/config`. */
export type EnvelopeOptions = Readonly<{ configDigest?: ConfigDigest }>

/**
 * The envelope of a proposed change. Server and guard both build it, each from
 * the bytes it holds, and compare the hashes.
 *
 * @throws ChangeError for anything SPEC 2.1, 2.2 or 2.4 refuses
 */
export function buildEnvelope(change: ProposedChange, { configDigest }: EnvelopeOptions = {}): Envelope {
  const { server, name, version, definition } = change.tool
  return assertEnvelope({
    v: 1,
    tenantId: change.tenantId,
    runId: change.runId,
    tool: { server, name, version, definition },
    input: inputDigest(change.input),
    parts: change.parts.map((part, index) => envelopePart(change, part, `/parts/${index}`, configDigest)),
  })
}

/** What an envelope and a permit say of a call's input. */
export function inputDigest(input: JsonValue): string {
  return sha256Hex(canonicalize(input))
}

function envelopePart(
  change: ProposedChange,
  part: ChangePart,
  where: string,
  configDigest: ConfigDigest | undefined,
): EnvelopePart {
  assertPartMembers(part, where)
  const { before, after } = statesOf(change, part, where, configDigest)
  // Copied as they are: what does not belong in a target is refused with the whole envelope.
  return { kind: part.kind, op: opOf(part, before, after, where), target: { ...part.target }, before, after }
}

type Sides = Readonly<{ before: State; after: State }>

function statesOf(
  change: ProposedChange,
  part: ChangePart,
  where: string,
  configDigest: ConfigDigest | undefined,
): Sides {
  const both = (before: () => State, after: () => State, named = "after"): Sides => ({
    before: at(`${where}/before`, before),
    after: at(`${where}/${named}`, after),
  })
  const absent = (): State => ({ state: "absent" })

  switch (part.kind) {
    case "file":
      return both(
        () => fileState(part.before),
        () => fileState(part.after),
      )
    case "record":
      return both(
        () => recordState(part.before, part.version),
        () => recordState(recordAfter(part)),
        "patch" in part ? "patch" : "after",
      )
    case "config":
      return both(
        () => configState(part.before, part.format, configDigest),
        () => configState(part.after, part.format, configDigest),
      )
    case "message":
      return both(absent, () => messageState(part.after))
    case "command":
      return both(absent, () => commandState(part.after))
    case "call":
      assertOwnCall(change.tool, part, where)
      return { before: absent(), after: at("/input", () => jsonState(change.input)) }
  }
}

function messageState(content: unknown): State {
  assertMessage(content)
  return jsonState(content)
}

function commandState(content: unknown): State {
  assertCommand(content)
  return jsonState(content)
}

/** The input is this call's own, so it can say nothing about another one. */
function assertOwnCall(tool: ToolIdentity, { target }: CallPart, where: string): void {
  if (target.server === tool.server && target.name === tool.name) return
  throw new ChangeError("unsupported_change", "A part of kind call names the tool that is called.", where)
}

const ops = { message: "send", command: "execute", call: "call" } as const

function opOf(part: ChangePart, before: State, after: State, where: string): PartOp {
  if (part.kind === "message" || part.kind === "command" || part.kind === "call") return ops[part.kind]
  if (part.kind === "file" && part.target.from !== undefined) return "move"
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
