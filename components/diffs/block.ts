import type { FieldRow } from "./field-model"

/** A stretch of a part that is no patch: facts in a table, lines as they are, or a patch of its own. */
export type Block = Readonly<
  { title: string } & ({ fields: readonly FieldRow[] } | { lines: readonly string[] } | { patch: string })
>
