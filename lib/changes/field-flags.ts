import type { JsonValue } from "@deltaseal/guard/change"
import { addsLookAlike, isConfusable } from "@/lib/kernel/confusables"
import { addsSecret } from "@/lib/kernel/secret-shapes"
import type { PartFlag } from "./flags"
import type { FieldChange } from "./field-change"
import { hasLongLine, textFlags } from "./text-flags"

/** What fields give reason to look at twice: who may do what, who someone is, and where money goes. */
const sensitive = new Set(
  `access acl admin administrator apikey auth authorized bank bic credential credentials
   email entitlement grant grants group groups iam iban identity mail member members mfa
   oauth otp owner owners password passwd permission permissions phone policies policy principal privilege
   privileged privileges role roles scope scopes secret sso sudo superuser token uid
   user username`.split(/\s+/),
)

/**
 * Flags of changed fields: names that matter, names and values that imitate others, values that look
 * like secrets, that nobody reads to their end, or that differ in nothing but blanks.
 */
export function fieldFlags(changes: readonly FieldChange[]): Set<PartFlag> {
  const flags = new Set<PartFlag>()
  const names = new Set(changes.flatMap(namesIn))
  for (const name of names) {
    if (isSensitiveName(name)) flags.add("sensitive_field")
    if (isConfusable(name)) flags.add("confusable")
  }
  const [before, after] = [stringsOf(changes, "from"), stringsOf(changes, "to")]
  if (addsSecret(before, after)) flags.add("secret_added")
  if (addsLookAlike(before, after)) flags.add("confusable")
  if (hasLongLine(before) || hasLongLine(after)) flags.add("long_lines")
  for (const flag of blankFlags(changes)) flags.add(flag)

  return flags
}

/** `isAdmin`, `access_token`, `billing-email`: one of the words that a name is made of decides. */
export function isSensitiveName(name: string): boolean {
  return wordsOf(name).some((word) => sensitive.has(word))
}

function wordsOf(name: string): string[] {
  const spaced = name.slice(0, 256).replace(/([a-z0-9])([A-Z])/g, "$1 $2")
  return spaced.toLowerCase().split(/[^a-z0-9]+/)
}

/** The names on the way to a field, and those inside a value that comes or goes as a whole. */
function namesIn(change: FieldChange): string[] {
  const names = change.path.split("/").slice(1).map(unescaped)
  if ("from" in change) collectNames(change.from, names)
  if ("to" in change) collectNames(change.to, names)
  return names
}

function collectNames(value: JsonValue, names: string[]): void {
  if (typeof value !== "object" || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) collectNames(item, names)
    return
  }
  for (const [name, member] of Object.entries(value)) {
    names.push(name)
    collectNames(member, names)
  }
}

function unescaped(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~")
}

/** Where every change is of one text into another, and all of them only of blanks. */
function blankFlags(changes: readonly FieldChange[]): PartFlag[] {
  const found = changes.map((change) =>
    change.op === "replace" && typeof change.from === "string" && typeof change.to === "string"
      ? textFlags(change.from, change.to)
      : [],
  )
  if (found.length === 0 || found.some((flags) => flags.length === 0)) return []
  return found.flat().includes("whitespace_only") ? ["whitespace_only"] : ["line_endings_only"]
}

/** All strings among the old or the new values, names included, one after the other, to be searched once. */
function stringsOf(changes: readonly FieldChange[], side: "from" | "to"): string {
  const strings: string[] = []
  for (const change of changes) {
    const value = (change as Partial<Record<typeof side, JsonValue>>)[side]
    if (value !== undefined) collectStrings(value, strings)
  }
  return strings.join("\n")
}

function collectStrings(value: JsonValue, strings: string[]): void {
  if (typeof value === "string") strings.push(value)
  if (typeof value !== "object" || value === null) return
  for (const [name, member] of Object.entries(value)) {
    if (!Array.isArray(value)) strings.push(name)
    collectStrings(member, strings)
  }
}
