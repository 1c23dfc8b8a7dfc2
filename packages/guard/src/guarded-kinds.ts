import type { CallPart, FilePart } from "./build-envelope.ts"
import type { JsonObject } from "./canonical.ts"
import type { CommandPart } from "./command.ts"
import type { ConfigContent, ConfigPart } from "./config-part.ts"
import type { FileContent } from "./content.ts"
import type { PatchOperation } from "./json-patch.ts"
import type { MessagePart } from "./message.ts"
import type { RecordPart, RecordTarget } from "./record.ts"

/** A record as a tool finds it, with its row version or etag where the system has one. */
export type RecordContent = Readonly<{ value: JsonObject; version?: string }>

/** Where a file is. A move has two of these. */
export type FilePlace = { workspace: string; path: string }

/** A file as a tool plans it. Without `before` the guard observes the target itself. */
export type PlannedFile = Readonly<{
  kind?: "file"
  target: Readonly<FilePlace>
  before?: FileContent | null
  after: FileContent | null
}>

/** A file that goes from `from` to `path`, as it is; `after` is there to give it another mode. */
export type PlannedMove = Readonly<{
  kind?: "file"
  target: Readonly<FilePlace & { from: string }>
  before?: FileContent
  after?: FileContent
}>

/** A record as a tool plans it: what it would be, or a JSON Patch of what it is. */
export type PlannedRecord = Readonly<{
  kind: "record"
  target: Readonly<RecordTarget>
  before?: RecordContent | null
}> &
  (Readonly<{ after: JsonObject | null }> | Readonly<{ patch: readonly PatchOperation[] }>)

/** A config as a tool plans it: its whole text. */
export type PlannedConfig = Readonly<Omit<ConfigPart, "before"> & { before?: ConfigContent | null }>

/** The call itself, as what it does: *after* is its input, and its target this very tool. */
export type PlannedCall = Readonly<{ kind: "call" }>

/** The kinds of parts that a guarded tool can change, what each is made of, and where it can be looked at. */
export type GuardedKinds = {
  file: { part: FilePart; planned: PlannedFile | PlannedMove; place: FilePlace; content: FileContent }
  record: { part: RecordPart; planned: PlannedRecord; place: RecordTarget; content: RecordContent }
  config: { part: ConfigPart; planned: PlannedConfig; place: ConfigPart["target"]; content: ConfigContent }
  message: { part: MessagePart; planned: Readonly<MessagePart>; place: never; content: never }
  command: { part: CommandPart; planned: Readonly<CommandPart>; place: never; content: never }
  call: { part: CallPart; planned: PlannedCall; place: never; content: never }
}
export type GuardedKind = keyof GuardedKinds

/** A part with everything that its hash covers. */
export type GuardedPart = GuardedKinds[GuardedKind]["part"]
export type ObservedPlace = GuardedKinds[GuardedKind]["place"]
export type ObservedContent = GuardedKinds[GuardedKind]["content"]

/** `main:docs/a.txt`, `crm:contact:c_123`, `email`: a target in few words. */
export function targetWords({ kind, target }: GuardedPart): string {
  switch (kind) {
    case "file":
      return `${target.workspace}:${target.path}`
    case "record":
      return `${target.system}:${target.type}:${target.id}`
    case "config":
      return `${target.system}:${target.name}`
    case "message":
      return target.channel
    case "command":
      return target.runner
    case "call":
      return `${target.server}:${target.name}`
  }
}
