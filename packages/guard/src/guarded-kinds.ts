import type { FilePart } from "./build-envelope.ts"
import type { JsonObject } from "./canonical.ts"
import { fileState, type FileContent, type State } from "./content.ts"
import type { PatchOperation } from "./json-patch.ts"
import { recordState, type RecordPart, type RecordTarget } from "./record.ts"

/** A record as a tool finds it, with its row version or etag where the system has one. */
export type RecordContent = Readonly<{ value: JsonObject; version?: string }>

/** A file as a tool plans it. Without `before` the guard observes the target itself. */
export type PlannedFile = Readonly<{
  kind?: "file"
  target: Readonly<Omit<FilePart["target"], "from">>
  before?: FileContent | null
  after: FileContent | null
}>

/** A record as a tool plans it: what it would be, or a JSON Patch of what it is. */
export type PlannedRecord = Readonly<{
  kind: "record"
  target: Readonly<RecordTarget>
  before?: RecordContent | null
}> &
  (Readonly<{ after: JsonObject | null }> | Readonly<{ patch: readonly PatchOperation[] }>)

/** The kinds of parts that a guarded tool can change, and what each is made of. */
export type GuardedKinds = {
  file: { part: FilePart; planned: PlannedFile; content: FileContent }
  record: { part: RecordPart; planned: PlannedRecord; content: RecordContent }
}
export type GuardedKind = keyof GuardedKinds

/** A part whose *before* and *after* are both known. */
export type GuardedPart = GuardedKinds[GuardedKind]["part"]
export type ObservedContent = GuardedKinds[GuardedKind]["content"]

/** The states that a part is bound by. */
export function boundStates(part: GuardedPart): Readonly<{ before: State; after: State }> {
  return part.kind === "file"
    ? { before: fileState(part.before), after: fileState(part.after) }
    : { before: recordState(part.before, part.version), after: recordState(part.after) }
}

/**
 * The state of what was found at a part's target. A version counts only where
 * the part has one.
 *
 * @throws ChangeError when it is no content of the part's kind
 */
export function liveState(part: GuardedPart, found: ObservedContent | null): State {
  // The casts promise nothing: both readers refuse what is of another kind.
  if (part.kind === "file") return fileState(found as FileContent | null)
  if (found === null) return { state: "absent" }
  const { value, version } = found as RecordContent
  return recordState(value, part.version === undefined ? undefined : version)
}

/** `main:docs/a.txt`, `crm:contact:c_123`: a target in few words. */
export function targetWords(part: GuardedPart): string {
  if (part.kind === "file") return `${part.target.workspace}:${part.target.path}`
  return `${part.target.system}:${part.target.type}:${part.target.id}`
}
