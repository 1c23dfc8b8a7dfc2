import type { JsonValue } from "@deltaseal/guard/change"
import type { DescribedPart } from "./change"
import type { FieldChange } from "./field-change"
import { counted, formatted, quoted, shortened } from "./describe-words"

/** So many fields are named; the rest is counted. */
const namedMax = 8

/** Records in phrases: `updates 3 contacts in crm: lifecycleStage, owner`. One for each op, type and system. */
export function recordPhrases(parts: readonly DescribedPart[]): string[] {
  return groupsOf(parts).map(({ verb, noun, system, those }) => {
    const what = `${verb} ${counted(those.length, noun)} in ${system}`
    if (verb !== "updates") return what

    const fields = [...new Set(those.flatMap(changedFields))]
    return `${what}: ${listed(fields.map((field) => quoted(shortened(field.slice(1)))))}`
  })
}

/** What happens to records, field by field: `touches /email on 1 contact`. */
export function recordEffects(parts: readonly DescribedPart[]): string[] {
  return groupsOf(parts).flatMap(({ verb, noun, those }) => {
    if (verb !== "updates") return [`${verb} ${counted(those.length, noun)}`]

    const touched = new Map<string, number>()
    for (const field of those.flatMap(changedFields)) touched.set(field, (touched.get(field) ?? 0) + 1)
    const named = [...touched].slice(0, namedMax)
    const rest = touched.size - named.length
    return [
      ...named.map(([field, count]) => `touches ${quoted(shortened(field))} on ${counted(count, noun)}`),
      ...(rest > 0 ? [`touches ${formatted(rest)} more ${rest === 1 ? "field" : "fields"}`] : []),
      ...amountEffects(those),
    ]
  })
}

/** Pointers of the fields that a part changes, each once. */
export function changedFields({ diff }: Pick<DescribedPart, "diff">): string[] {
  const isFields = diff.type === "json_patch" || diff.type === "normalized_json"
  return isFields ? [...new Set(diff.preview.map(({ path }) => path))] : []
}

/** Numbers that become others: `changes /amount from 100 to 250`. */
export function amountEffects(parts: readonly Pick<DescribedPart, "diff">[]): string[] {
  const amounts = parts.flatMap(({ diff }) =>
    diff.type === "json_patch" || diff.type === "normalized_json" ? diff.preview.flatMap(amountOf) : [],
  )
  const rest = amounts.length - namedMax
  return [
    ...amounts.slice(0, namedMax),
    ...(rest > 0 ? [`changes ${formatted(rest)} more ${rest === 1 ? "number" : "numbers"}`] : []),
  ]
}

function amountOf(change: FieldChange): string[] {
  if (change.op !== "replace" || !isAmount(change.from) || !isAmount(change.to)) return []
  return [`changes ${quoted(shortened(change.path))} from ${change.from} to ${change.to}`]
}

/** A number, or a decimal written as text, which is how money is often kept. */
function isAmount(value: JsonValue): value is number | string {
  return (
    typeof value === "number" ||
    (typeof value === "string" && /^-?[0-9]{1,30}(?:\.[0-9]{1,30})?$/.test(value))
  )
}

type Group = Readonly<{
  verb: "creates" | "updates" | "deletes"
  noun: string
  system: string
  those: DescribedPart[]
}>

const verbs: Readonly<Record<string, Group["verb"]>> = { create: "creates", delete: "deletes" }

function groupsOf(parts: readonly DescribedPart[]): Group[] {
  const groups = new Map<string, Group>()
  for (const part of parts) {
    const { type: noun = "record", system = "" } = part.target
    const verb = verbs[part.op] ?? "updates"
    const key = `${verb} ${noun} ${system}`
    const group = groups.get(key) ?? { verb, noun, system, those: [] }
    group.those.push(part)
    groups.set(key, group)
  }
  return [...groups.values()]
}

export function listed(names: readonly string[]): string {
  const rest = names.length - namedMax
  return names.slice(0, namedMax).join(", ") + (rest > 0 ? ` and ${formatted(rest)} more` : "")
}
