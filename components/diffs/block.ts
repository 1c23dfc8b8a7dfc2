import type { FieldRow } from "./field-model"

/** A patch under a fold. `holds`: what is in it; `isOpen`: from the beginning. */
export type PatchBlock = Readonly<{ title: string; patch: string; holds: string; isOpen: boolean }>

/** A stretch of a part that is no patch of its own: facts in a table, lines as they are, or a patch under a fold. */
export type Block = Readonly<
  PatchBlock | { title: string; fields: readonly FieldRow[] } | { title: string; lines: readonly string[] }
>
