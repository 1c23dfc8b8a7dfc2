import { isSameJson } from "@/lib/changes/same-json"
import type { JsonValue } from "@deltaseal/guard/change"
import { waysOf } from "./approval-of"
import { asksAtLeastInAnyWay } from "./approval-strictness"
import { limitChanges } from "./limit-strictness"
import type { PolicyDocument, PolicyRule, RuleMatch } from "./policy"
import { canBeOutranked, canTie } from "./rank-strictness"
import { ruleChanges } from "./rule-strictness"
import { strictness } from "./specificity"

/** What a new policy lets through that the old one did not, and the other way round, each as one sentence. */
export type Strictness = Readonly<{ loosens: readonly string[]; tightens: readonly string[] }>

/**
 * Compares two policies, conservatively: what is not provably at least as
 * strict for every call counts as loosening. Where `loosens` is empty, no call
 * gets an answer that is less strict than before.
 *
 * The proof: every old rule has a twin at the same place in the order that
 * applies to the same calls and asks for no less (or is an allow rule without
 * anything else, whose loss can only make answers stricter), and every other
 * new rule denies, or asks as many people as any rule would that it can outrank.
 */
export function compareStrictness(before: PolicyDocument, after: PolicyDocument): Strictness {
  const found = [
    ...before.rules.flatMap((rule) => oldRuleChanges(rule, before, after)),
    ...after.rules.flatMap((rule) => newRuleChanges(rule, before)),
    ...orderChanges(before, after),
    ...taintChanges(before, after),
    ...selfReviewChanges(before, after),
    ...limitChanges(before.limits ?? {}, after.limits ?? {}),
  ]
  const sentences = (kind: Change["kind"]) => [
    ...new Set(found.filter((change) => change.kind === kind).map(({ sentence }) => sentence)),
  ]
  return { loosens: sentences("loosens"), tightens: sentences("tightens") }
}

type Change = Readonly<{ kind: "loosens" | "tightens"; sentence: string }>

const loosens = (sentence: string): Change => ({ kind: "loosens", sentence })
const tightens = (sentence: string): Change => ({ kind: "tightens", sentence })

function oldRuleChanges(old: PolicyRule, before: PolicyDocument, after: PolicyDocument): Change[] {
  const next = after.rules.find(({ name }) => name === old.name)
  if (next === undefined) return [goneChange(old)]
  if (!isAboutTheSame(old, next)) return movedChanges(old, next)
  if (next.effect === "deny") {
    return old.effect === "deny"
      ? []
      : [tightens(`The rule ${old.name} now denies instead of ${doing(old)}.`)]
  }
  if (old.effect === "deny")
    return [loosens(`The rule ${old.name} no longer denies: it is now ${doing(next)}.`)]

  const asked = startsToAsk(old, next, before) ? { ...old, approval: next.approval ?? {} } : old
  return [...effectChanges(old, next, before), ...ruleChanges(asked, next)]
}

/**
 * Whether a rule that asked nobody now asks, where no other rule asks about the
 * same calls and could have decided: then how it asks is no less than before,
 * whatever it says. Otherwise its times may be longer than the default that
 * held for that other one.
 */
function startsToAsk(old: PolicyRule, next: PolicyRule, before: PolicyDocument): boolean {
  return (
    old.effect === "allow" &&
    next.effect !== "allow" &&
    before.tainted !== "require_approval" &&
    !before.rules.some((other) => other.name !== old.name && asks(other) && canBeOutranked(old, other))
  )
}

function goneChange(old: PolicyRule): Change {
  const { effect, when, name, description: _description, match: _match, ...rest } = old
  if (old.grant !== undefined) return tightens(`The grant ${name} is gone.`)
  const isPlainAllow = effect === "allow" && when === undefined && Object.keys(rest).length === 0
  return isPlainAllow
    ? tightens(`The rule ${name}, which allowed calls, is gone.`)
    : loosens(`The rule ${name} is gone.`)
}

/** A rule that is about other calls than before. Only one that denies can be known to deny them all the same. */
function movedChanges(old: PolicyRule, next: PolicyRule): Change[] {
  const deniesMore =
    old.effect === "deny" &&
    next.effect === "deny" &&
    isWider(next.match ?? {}, old.match ?? {}) &&
    (next.when === undefined || next.when === old.when)
  return deniesMore
    ? [tightens(`The rule ${old.name} denies more calls than before.`)]
    : [loosens(`The rule ${old.name} is about other calls than before.`)]
}

/** One that asks for more decides before its equals from now on, so it must ask as much as those that it overtakes. */
function effectChanges(old: PolicyRule, next: PolicyRule, before: PolicyDocument): Change[] {
  if (old.effect === next.effect) return []
  const sentence = `The rule ${old.name} is now ${doing(next)} instead of ${doing(old)}.`
  if (strictness[next.effect] < strictness[old.effect]) return [loosens(sentence)]
  return overtaken(old, next, before).every(
    (other) =>
      asksAtLeastInAnyWay(waysOf(next.approval), waysOf(other.approval)) &&
      carriesFor(next) <= carriesFor(other),
  )
    ? [tightens(sentence)]
    : [loosens(`${sentence} Other rules ask for more people.`)]
}

/** The rules that ask people, and decided before this one where they were as specific as it. */
function overtaken(old: PolicyRule, next: PolicyRule, { rules }: PolicyDocument): PolicyRule[] {
  const at = rules.indexOf(old)

  return rules.filter((other, index) => {
    if (other.name === old.name || !asks(other) || !canTie(next, other)) return false
    if (strictness[other.effect] === strictness[next.effect]) return index > at
    return strictness[other.effect] < strictness[next.effect]
  })
}

function newRuleChanges(rule: PolicyRule, before: PolicyDocument): Change[] {
  if (before.rules.some(({ name }) => name === rule.name)) return []
  if (rule.effect === "deny") return [tightens(`The new rule ${rule.name} ${deeds.deny}.`)]

  const sentence = `The new rule ${rule.name} ${deeds[rule.effect]}.`
  const isStricter =
    rule.effect === "require_approval" &&
    before.rules.some(appliesAlways) &&
    asksMost(rule, before) &&
    ruleChanges({ name: rule.name, effect: rule.effect }, rule).every(({ kind }) => kind === "tightens")
  return [isStricter ? tightens(sentence) : loosens(sentence)]
}

/** With such a rule no call is denied only because no rule is about it. */
function appliesAlways({ effect, match, when }: PolicyRule): boolean {
  return effect !== "deny" && when === undefined && Object.keys(match ?? {}).length === 0
}

/** Whether a rule asks for at least as many people as every other that asks at all. */
function asksMost(rule: PolicyRule, { rules }: PolicyDocument): boolean {
  return rules
    .filter(asks)
    .every(
      (other) =>
        other.name === rule.name || asksAtLeastInAnyWay(waysOf(rule.approval), waysOf(other.approval)),
    )
}

function asks({ effect }: PolicyRule): boolean {
  return effect === "require_approval" || effect === "tier_default"
}

/** For how long a decision by this rule is carried over. */
function carriesFor({ approval }: PolicyRule): number {
  return approval?.carryOverSeconds ?? 0
}

/** Among equals the first in the document decides. */
function orderChanges(before: PolicyDocument, after: PolicyDocument): Change[] {
  const decides = ({ effect }: PolicyRule) => effect !== "deny"
  const old = before.rules.filter(decides).map(({ name }) => name)
  const next = after.rules.filter(decides).map(({ name }) => name)
  const kept = old.filter((name) => next.includes(name))
  const isSame = isSameJson(
    kept,
    next.filter((name) => old.includes(name)),
  )
  return isSame ? [] : [loosens("The rules stand in another order, which decides between equals.")]
}

const taintStrictness = { ignore: 0, require_approval: 1, deny: 2 } as const

function taintChanges(before: PolicyDocument, after: PolicyDocument): Change[] {
  const [old, next] = [before.tainted ?? "ignore", after.tainted ?? "ignore"]
  if (old === next) return []
  const sentence = `For tainted runs the policy says ${words(next)} instead of ${words(old)}.`
  return [taintStrictness[next] < taintStrictness[old] ? loosens(sentence) : tightens(sentence)]
}

function selfReviewChanges(before: PolicyDocument, after: PolicyDocument): Change[] {
  const [old, next] = [before.selfReview === true, after.selfReview === true]
  if (old === next) return []
  return next
    ? [loosens("Whoever alone can decide may approve what they ask for themselves, up to tier T2.")]
    : [tightens("Nobody may approve what they ask for themselves any more.")]
}

function isAboutTheSame(old: PolicyRule, next: PolicyRule): boolean {
  return old.when === next.when && isSameJson(json(old.match ?? {}), json(next.match ?? {}))
}

function isWider(wide: RuleMatch, narrow: RuleMatch): boolean {
  return Object.entries(wide).every(([name, values]: [string, readonly string[]]) => {
    const had: readonly string[] | undefined = narrow[name as keyof RuleMatch]
    return had?.every((value) => values.includes(value)) === true
  })
}

const deeds = {
  allow: "allows calls",
  deny: "denies calls",
  require_approval: "asks for approval",
  tier_default: "leaves calls to their tier",
} as const

function doing({ effect }: PolicyRule): string {
  const words = {
    allow: "allowing calls",
    deny: "denying calls",
    require_approval: "asking for approval",
    tier_default: "leaving calls to their tier",
  }
  return words[effect]
}

function words(text: string): string {
  return text.replaceAll("_", " ")
}

function json(value: object): JsonValue {
  return value as JsonValue
}
