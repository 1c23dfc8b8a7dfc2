import type { DescribedPart } from "./change"
import { amountEffects, changedFields, listed } from "./describe-records"
import { counted, quoted, shortened } from "./describe-words"

const verbs: Readonly<Record<string, string>> = { create: "creates", delete: "deletes" }

/** Configs in phrases: `updates prod.yaml in app: replicas, image`. One for each. */
export function configPhrases(parts: readonly DescribedPart[]): string[] {
  return parts.map((part) => {
    const { name = "", system = "" } = part.target
    const what = `${verbs[part.op] ?? "updates"} ${quoted(shortened(name))} in ${system}`
    const fields = changedFields(part)
    if (part.op !== "update" || fields.length === 0) return what
    return `${what}: ${listed(fields.map((field) => quoted(shortened(field.slice(1)))))}`
  })
}

/** What happens to configs: how many settings, which numbers, or that only the text moves. */
export function configEffects(parts: readonly DescribedPart[]): string[] {
  return parts.flatMap((part) => {
    const name = quoted(shortened(part.target["name"] ?? ""))
    if (part.op !== "update") return [`${verbs[part.op] ?? "updates"} 1 config`]
    const fields = changedFields(part)
    if (fields.length === 0) return [`changes only comments or layout of ${name}`]
    return [`touches ${counted(fields.length, "setting")} of ${name}`, ...amountEffects([part])]
  })
}
