import type { Fact } from "./field-model"

type More = Readonly<{ note?: string; flags?: readonly string[] }>

/** A row that says what is so. `note`: our word where there is no value; `flags`: what to look at twice. */
export function fact(path: string, to: string | null, { note = "none", flags = [] }: More = {}): Fact {
  return { op: "fact", path, from: null, to, note, flags }
}
