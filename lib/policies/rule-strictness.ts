import { canonicalize, type JsonValue } from "@deltaseal/guard/change"
import { waysOf } from "./approval-of"
import { asksAtLeastInAnyWay } from "./approval-strictness"
import {
  defaultExpiresInSeconds,
  defaultUseWithinSeconds,
  type AllowDeny,
  type PolicyRule,
  type RecipientRule,
} from "./policy"
import { grantChanges } from "./grant-strictness"
import { hasRecipientList } from "./tier-rules"

export type RuleChange = Readonly<{ kind: "loosens" | "tightens"; sentence: string }>

/** What two rules about the same calls, neither of which denies, ask differently. Their effects are compared elsewhere. */
export function ruleChanges(old: PolicyRule, next: PolicyRule): RuleChange[] {
  const granted = grantChanges(old, next)
  if (granted !== null) return granted
  const say = (what: string, order: Order) => changeOf(old.name, what, order)

  return [
    ...approvalChanges(old, next),
    ...say("paths", listsOrder(old.paths, next.paths)),
    ...say("patchPaths", listsOrder(old.patchPaths, next.patchPaths)),
    ...recipientChanges(old, next),
    ...say("configFeatures", grantOrder(old.configFeatures, next.configFeatures)),
    ...say("commands", grantOrder(commandTexts(old), commandTexts(next))),
    ...say("egress", grantOrder(old.egress, next.egress)),
    ...say("dryRun", flagOrder(old.dryRun, next.dryRun)),
    // What it opens is what the others restrict, so the two sides change places.
    ...say("acting for real", flagOrder(next.live, old.live)),
    ...say("taints", flagOrder(old.taints, next.taints)),
  ]
}

/** Each whole: a command of which anything changed is another one. A rule without any lets none through. */
function commandTexts({ commands = [] }: PolicyRule): readonly string[] {
  return commands.map((command) => canonicalize(command as unknown as JsonValue))
}

/** How the next compares: what cannot be told is looser. */
type Order = "same" | "tighter" | "looser"

function changeOf(rule: string, what: string, order: Order): RuleChange[] {
  if (order === "same") return []
  return order === "tighter"
    ? [{ kind: "tightens", sentence: `The rule ${rule} is stricter about ${what}.` }]
    : [{ kind: "loosens", sentence: `The rule ${rule} may be less strict about ${what}.` }]
}

function approvalChanges(old: PolicyRule, next: PolicyRule): RuleChange[] {
  const [was, is] = [old.approval ?? {}, next.approval ?? {}]
  const say = (what: string, order: Order) => changeOf(old.name, what, order)
  const [oldWays, ways] = [waysOf(was), waysOf(is)]

  return [
    ...say("who approves", bothWays(asksAtLeastInAnyWay(ways, oldWays), asksAtLeastInAnyWay(oldWays, ways))),
    ...say(
      "how long an approval waits",
      timeOrder(was.expiresInSeconds, is.expiresInSeconds, defaultExpiresInSeconds),
    ),
    ...say(
      "how long it can be used",
      timeOrder(was.useWithinSeconds, is.useWithinSeconds, defaultUseWithinSeconds),
    ),
    ...say("carrying decisions over", carryOrder(was.carryOverSeconds, is.carryOverSeconds)),
    ...say("reasons", flagOrder(was.reasonRequired, is.reasonRequired)),
    ...say("step-up", flagOrder(was.stepUp, is.stepUp)),
  ]
}

function recipientChanges(old: PolicyRule, next: PolicyRule): RuleChange[] {
  const [was, is] = [old.recipients ?? {}, next.recipients ?? {}]
  const say = (what: string, order: Order) => changeOf(old.name, what, order)

  return [
    ...say("recipients", opensSending(old, next) ? "looser" : recipientOrder(was, is)),
    ...say("first contacts", flagOrder(was.firstContact === "deny", is.firstContact === "deny")),
    ...say("the number of recipients", mostOrder(was.perMessage, is.perMessage)),
  ]
}

/** Tools of tier T4 send only where a rule has a list at all, so the first list of a rule lets messages out. */
function opensSending(old: PolicyRule, next: PolicyRule): boolean {
  const mayBeAboutT4 = next.match?.tier?.includes("T4_IDENTITY_MONEY_OUTBOUND") !== false
  return mayBeAboutT4 && hasRecipientList(next) && !hasRecipientList(old)
}

/** Both lists are one allowlist, which is there as soon as either is. */
function recipientOrder(old: RecipientRule, next: RecipientRule): Order {
  const listed = ({ addresses, domains }: RecipientRule) =>
    addresses === undefined && domains === undefined
      ? undefined
      : [
          ...(addresses ?? []).map((address) => `address ${address}`),
          ...(domains ?? []).map((domain) => `domain ${domain}`),
        ]
  return allowOrder(listed(old), listed(next))
}

function listsOrder(old: AllowDeny = {}, next: AllowDeny = {}): Order {
  const orders = [
    allowOrder(old.allow, next.allow),
    bothWays(isIn(old.deny, next.deny), isIn(next.deny, old.deny)),
  ]
  if (orders.includes("looser")) return "looser"
  return orders.includes("tighter") ? "tighter" : "same"
}

/** An allowlist that is not there allows everything. */
function allowOrder(old: readonly string[] | undefined, next: readonly string[] | undefined): Order {
  if (old === undefined) return next === undefined ? "same" : "tighter"
  if (next === undefined) return "looser"
  return bothWays(isIn(next, old), isIn(old, next))
}

/** A list that opens something, shared with the other rules that say anything: one that says nothing leaves it to them. */
function grantOrder(old: readonly string[] | undefined, next: readonly string[] | undefined): Order {
  if (old === undefined && next === undefined) return "same"
  if (old === undefined) return next?.length === 0 ? "tighter" : "looser"
  return next === undefined ? "looser" : bothWays(isIn(next, old), isIn(old, next))
}

/** The shortest time that any rule says holds, and the default only where none does. */
function timeOrder(old: number | undefined, next: number | undefined, otherwise: number): Order {
  if (old === next) return "same"
  return next !== undefined && next <= (old ?? otherwise) ? "tighter" : "looser"
}

/** What is not said is not carried over. */
function carryOrder(old = 0, next = 0): Order {
  if (old === next) return "same"
  return next < old ? "tighter" : "looser"
}

function mostOrder(old: number | undefined, next: number | undefined): Order {
  if (old === next) return "same"
  return next !== undefined && next < (old ?? Infinity) ? "tighter" : "looser"
}

function flagOrder(old = false, next = false): Order {
  if (old === next) return "same"
  return next ? "tighter" : "looser"
}

function bothWays(isAtLeast: boolean, isAtMost: boolean): Order {
  if (!isAtLeast) return "looser"
  return isAtMost ? "same" : "tighter"
}

function isIn(some: readonly string[] = [], all: readonly string[] = []): boolean {
  return some.every((value) => all.includes(value))
}
