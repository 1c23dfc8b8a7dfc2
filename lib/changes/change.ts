import type { CommandContent, JsonValue, PartKind, PartOp, State } from "@deltaseal/guard/change"
import type { PartFlag } from "./flags"
import type { MessageView } from "./message-diff"
import type { FieldChange } from "./field-change"

/** One target of a change as it is stored and shown. Counts are lines, of a record or config fields, of a command arguments; both are 0 for what cannot be inspected. */
export type PartView = Readonly<{
  kind: PartKind
  op: PartOp
  target: Readonly<Record<string, string>>
  before: State
  after: State
  added: number
  removed: number
  hiddenCharacters: number
  flags: readonly PartFlag[]
}>

/**
 * One part as people read it (SPEC 9.1): a file as a git patch, a record as a JSON Patch with its old values, a config
 * as the same of what it means with the patch of its text in `raw`.
 */
export type PartDiff =
  | Readonly<{ type: "unified"; preview: string }>
  | Readonly<{ type: "json_patch"; preview: readonly FieldChange[] }>
  | Readonly<{ type: "normalized_json"; preview: readonly FieldChange[]; raw: string }>
  | Readonly<{ type: "message"; preview: MessageView }>
  | Readonly<{ type: "command"; preview: CommandContent }>
  | Readonly<{ type: "call"; preview: JsonValue }>

export type DiffView = PartDiff | Readonly<{ type: "multi"; parts: readonly PartDiff[] }>

/** A part with what its description is made from. */
export type DescribedPart = PartView & Readonly<{ diff: PartDiff }>

/** A change as it is stored beside its envelope: everything the server says about it, all of it derived. */
export type ChangeView = Readonly<{
  sentence: string
  effects: readonly string[]
  flags: readonly PartFlag[]
  parts: readonly PartView[]
  diff: DiffView
}>

/** One view for one part, in order; a change of several is never shown as if it were one. */
export function diffViewOf(views: readonly PartDiff[]): DiffView {
  const [only, ...others] = views
  return only && others.length === 0 ? only : { type: "multi", parts: views }
}
