import type { JsonValue } from "@deltaseal/guard/change"
import { isConfusable } from "@/lib/kernel/confusables"
import { addsSecret } from "@/lib/kernel/secret-shapes"
import type { PartFlag } from "./flags"
import type { FieldChange } from "./field-change"

/** What fields give reason to look at twice: who may do what, who someone is, and where money goes. */
const sensitive = new Set(
  `access acl admin administrator apikey auth authorized bank bic credential credentials
   email entitlement grant grants group groups iam iban identity mail member members mfa
   oauth otp owner owners password passwd permission permissions phone policies policy principal privilege
   privileged privileges role roles scope scopes secret sso sudo superuser token uid
   user username`.split(/\s+/),
)

/** Flags of changed fields: names that matter, names that imitate others, values that look like secrets. */
export function fieldFlags(changes: readonly FieldChange[]): Set<PartFlag> {
  const flags = new Set<PartFlag>()
  const names = new Set(changes.flatMap(namesIn))
  for (const name of names) {
    if (isSensitiveName(name)) flags.add("sensitive_field")
    if (isConfusable(name)) flags.add("confusable")
  }
  if (addsSecret(textOf(changes, "from"), textOf(changes, "to"))) flags.add("secret_added")

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

/** All old or all new values as one text, to be searched once. */
function textOf(changes: readonly FieldChange[], side: "from" | "to"): string {
  return changes
    .map((change) => JSON.stringify((change as Partial<Record<typeof side, JsonValue>>)[side]))
    .join("\n")
}
