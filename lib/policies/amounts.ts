import { pointerToken, type JsonValue } from "@deltaseal/guard/change"
import type { FieldChange } from "@/lib/changes/field-change"
import type { AmountChange } from "./policy-facts"

/** Every number that a change of a field brings, takes or moves, however deep in what comes or goes as a whole. */
export function amountsOf(change: FieldChange): AmountChange[] {
  const before = numbersIn("from" in change ? change.from : null, change.path)
  const after = numbersIn("to" in change ? change.to : null, change.path)

  return [...new Set([...before.keys(), ...after.keys()])].flatMap((path) => {
    const [old, next] = [before.get(path) ?? null, after.get(path) ?? null]
    return old === next ? [] : [{ path, before: old, after: next }]
  })
}

function numbersIn(root: JsonValue, at: string): Map<string, number> {
  const found = new Map<string, number>()
  const open: [JsonValue, string][] = [[root, at]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, path] = next
    if (typeof value === "number") found.set(path, value)
    if (typeof value !== "object" || value === null) continue
    for (const [name, member] of Object.entries(value)) open.push([member, `${path}/${pointerToken(name)}`])
  }
  return found
}
