import { addressDomain, normalAddress } from "@/lib/changes/mail-address"
import { shortened } from "@/lib/changes/describe-words"
import type { Reason } from "@/lib/errors/app-error"
import { visibleString } from "@/lib/kernel/text"
import type { AllowDeny, PolicyRule, RecipientRule } from "./policy"
import { noChange, type ChangeFacts, type PolicyFacts } from "./policy-facts"
import { fitsPath } from "./wildcard"

/** What a rule restricts, and how a call breaks it; no reasons = it holds. */
export type Restriction = Readonly<{ check: string; reasons: readonly Reason[] }>

/** How many of the same kind one answer names: the rest is as wrong as these. */
const reasonsMax = 20

/** Every restriction of a rule that applies. They hold together with those of all others, whichever rule decides. */
export function restrictionsOf(rule: PolicyRule, facts: PolicyFacts): Restriction[] {
  const change = facts.change ?? noChange
  const found: Restriction[] = []
  if (rule.paths) found.push({ check: "paths", reasons: pathReasons(rule.paths, change) })
  if (rule.patchPaths) found.push({ check: "patchPaths", reasons: fieldReasons(rule.patchPaths, change) })
  if (rule.recipients) found.push({ check: "recipients", reasons: recipientReasons(rule.recipients, change) })
  if (rule.dryRun === true) found.push({ check: "dryRun", reasons: facts.isDryRun ? [] : [dryRunRequired] })
  return found
}

/** A message of the change has more recipients than it may have. */
export function recipientCountReasons(most: number | undefined, change: ChangeFacts): Reason[] {
  if (most === undefined || change.recipientsMax <= most) return []
  return [
    reason(
      "too_many_recipients",
      `A message may have at most ${most} recipients, not ${change.recipientsMax}.`,
    ),
  ]
}

const dryRunRequired: Reason = {
  code: "dry_run_required",
  message: "This call may only be tried: ask again with dryRun.",
  path: "/dryRun",
}

function pathReasons({ allow, deny }: AllowDeny, { paths }: ChangeFacts): Reason[] {
  const isAllowed = (path: string) =>
    (allow === undefined || allow.some((glob) => fitsPath(glob, path))) &&
    deny?.some((glob) => fitsPath(glob, path)) !== true

  return named("path_not_allowed", paths.filter(not(isAllowed)), (path) => `The path ${path} is not allowed.`)
}

/** What changes above a denied place may change that place too. */
function fieldReasons({ allow, deny }: AllowDeny, { fields }: ChangeFacts): Reason[] {
  const isAllowed = (field: string) =>
    (allow === undefined || allow.some((pointer) => isAtOrBelow(field, pointer))) &&
    deny?.some((pointer) => isAtOrBelow(field, pointer) || isAtOrBelow(pointer, field)) !== true

  return named("patch_path_not_allowed", fields.filter(not(isAllowed)), (field) =>
    field === "" ? "Whole records may not change." : `The field ${field} may not change.`,
  )
}

function isAtOrBelow(field: string, pointer: string): boolean {
  return field === pointer || field.startsWith(`${pointer}/`)
}

function recipientReasons(rule: RecipientRule, change: ChangeFacts): Reason[] {
  const { addresses, domains, firstContact, perMessage } = rule
  const strangers = change.recipients.filter(not(isListed(addresses, domains)))
  const first = firstContact === "deny" ? change.firstContacts : []
  const code = domains === undefined ? "recipient_not_allowed" : "domain_not_allowed"

  return [
    ...named(code, strangers, (address) => `The recipient ${address} is not on the list.`),
    ...named("first_contact_not_allowed", first, (address) => `Nothing was sent to ${address} before.`),
    ...recipientCountReasons(perMessage, change),
  ]
}

function isListed(
  addresses: readonly string[] | undefined,
  domains: readonly string[] | undefined,
): (address: string) => boolean {
  if (addresses === undefined && domains === undefined) return () => true
  const known = new Set(addresses?.map(normalAddress))
  return (address) => {
    const domain = addressDomain(address)
    return known.has(address) || (domain !== null && domains?.includes(domain) === true)
  }
}

function named(code: string, values: readonly string[], say: (value: string) => string): Reason[] {
  return values
    .slice(0, reasonsMax)
    .map((value) => reason(code, say(value === "" ? "" : visibleString(shortened(value)))))
}

function reason(code: string, message: string): Reason {
  return { code, message, path: "/change" }
}

function not<Value>(test: (value: Value) => boolean): (value: Value) => boolean {
  return (value) => !test(value)
}
