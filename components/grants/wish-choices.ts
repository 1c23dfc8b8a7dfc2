import type { Choice } from "@/components/ui/choice-group"
import type { FormFields } from "@/components/ui/form-fields"
import { linesIn } from "@/components/ui/lines-field"
import type { GrantBasis } from "@/lib/grants/grant-basis"
import type { GrantWishBody } from "./use-rule-steps"

/** How long a rule may hold, in seconds; less than the most, so that a clock that is ahead of ours does no harm. */
export const durations = [
  { value: "3600", words: "an hour" },
  { value: "28800", words: "8 hours" },
  { value: "86400", words: "a day" },
  { value: "604800", words: "a week" },
  { value: "2419200", words: "4 weeks" },
] as const

/** Which files a rule can name; the first is the narrowest. */
export function pathChoices({ exact, isExact, folder }: NonNullable<GrantBasis["paths"]>): Choice[] {
  const only = exact.length === 1 ? "Only this one" : `Only these ${exact.length}`

  return [
    ...(isExact ? [{ value: "exact", words: only, hint: exact.join(", ") }] : []),
    ...(folder === null ? [] : [{ value: "folder", words: "All in the folder", hint: `${folder}/**` }]),
    { value: "other", words: "Others", hint: "Write which." },
  ]
}

export function fieldChoices(fields: readonly string[]): Choice[] {
  const named = fields.map((field) => (field === "" ? "all of it" : field)).join(", ")
  const only = fields.length === 1 ? "Only this one" : `Only these ${fields.length}`

  return [
    { value: "exact", words: only, hint: named },
    { value: "other", words: "Others", hint: "Write which." },
  ]
}

/** What the form says; what is as it was decided is left out. */
export function wishOf(fields: FormFields, { paths }: GrantBasis, now: number): GrantWishBody {
  const pathKind = fields.text("pathKind")

  return {
    ...(paths === null || pathKind === "exact" ? {} : { paths: chosenPaths(fields, paths.folder) }),
    ...(fields.text("fieldKind") === "other" ? { fields: linesIn(fields.text("fields")) } : {}),
    maxUses: Number(fields.text("maxUses")),
    until: new Date(now + Number(fields.text("until")) * 1_000).toISOString(),
  }
}

function chosenPaths(fields: FormFields, folder: string | null): readonly string[] {
  return fields.text("pathKind") === "folder" ? [`${folder ?? ""}/**`] : linesIn(fields.text("paths"))
}
