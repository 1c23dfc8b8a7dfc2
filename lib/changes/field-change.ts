import type { JsonValue } from "@deltaseal/guard/change"

/** One operation of a JSON Patch with what was there before it: `from` is the old value, `to` the new one (SPEC 9.1). */
export type FieldChange =
  | Readonly<{ op: "add"; path: string; to: JsonValue }>
  | Readonly<{ op: "remove"; path: string; from: JsonValue }>
  | Readonly<{ op: "replace"; path: string; from: JsonValue; to: JsonValue }>
