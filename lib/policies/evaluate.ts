import type { Reason } from "@/lib/errors/app-error"
import { tierDefaults } from "@/lib/tools/tool"
import { applyingRules, type RuleCheck } from "./applying-rules"
import { approvalOf } from "./approval-of"
import type { CompiledPolicy, CompiledRule } from "./compile-policy"
import { sharedFeatures } from "./config-features"
import type { PolicyRule, TaintedEffect } from "./policy"
import type { PolicyAnswer, PolicyCheck, PolicyExemption } from "./policy-answer"
import { noChange, type PolicyFacts } from "./policy-facts"
import { recipientCountReasons, restrictionsOf } from "./restrictions"
import type { GrantUse } from "./grant"
import { mostSpecific } from "./specificity"
import { subcommandOf } from "./subcommand"
import { isSelfReviewed, tierRules, unaskedLimits } from "./tier-rules"

/**
 * What a policy says of a call. Pure and total: whatever goes wrong is a deny
 * with its reason. One rule that denies is enough; otherwise the most specific
 * one decides, and the restrictions of every rule that applies hold.
 */
export function evaluate(policy: CompiledPolicy, facts: PolicyFacts): PolicyAnswer {
  try {
    return answerTo(policy, facts)
  } catch {
    return { ...nothing, effect: "deny", isDryRun: facts.isDryRun, reasons: [notEvaluated] }
  }
}

const nothing = {
  rule: null,
  checks: [],
  approval: null,
  taints: false,
  egress: [],
  limits: {},
  grant: null,
  exemption: null,
} as const

const notEvaluated: Reason = {
  code: "policy_error",
  message: "The policy could not be evaluated, so the call is refused.",
}

function answerTo({ document, forTool }: CompiledPolicy, facts: PolicyFacts): PolicyAnswer {
  const { rules, limits } = forTool(facts.tool.server, facts.tool.name)
  const { applying, faults, checks } = applyingRules(rules, facts)
  const decider = deciderOf(applying, facts)
  const denials = [
    ...faults,
    ...denyingChecks(decider, faults.length > 0),
    ...restrictionChecks(applying, facts),
    ...tierChecks(applying, facts),
    ...documentChecks(document.tainted ?? "ignore", limits.tenant?.recipientsPerMessage, facts),
  ]
  const failed = denials.filter(({ check }) => check.result === "fail" || check.result === "error")
  const [first] = failed
  const common = {
    checks: [...checks, ...denials.map(({ check }) => check)],
    isDryRun: facts.isDryRun || applying.some(({ rule }) => rule.dryRun === true),
    limits,
  }
  if (first !== undefined || decider === null) {
    const reasons = failed.flatMap((denial) => denial.reasons)
    return { ...nothing, ...common, effect: "deny", rule: first?.check.rule ?? null, reasons }
  }

  const command = commandOf(decider, facts)
  const effect = effectOf(decider.rule, facts, { tainted: document.tainted ?? "ignore", command })
  return {
    ...common,
    limits: effect === "allow" ? unaskedLimits(limits, facts.tool) : limits,
    effect,
    rule: decider.rule.name,
    reasons: [],
    approval:
      effect === "require_approval"
        ? approvalOf(decider.rule, applying, isSelfReviewed(document, facts.tool))
        : null,
    taints: applying.some(({ rule }) => rule.taints === true),
    egress: sharedBy(applying, ({ egress }) => egress),
    grant: effect === "allow" ? takenUse(decider.rule) : null,
    exemption: effect === "allow" ? exemptionOf(decider.rule, facts, command) : null,
  }
}

/** A rule that denies comes before any other, however specific, and then one that is a grant. */
function deciderOf(applying: readonly CompiledRule[], facts: PolicyFacts): CompiledRule | null {
  const denying = applying.filter(({ rule }) => rule.effect === "deny")
  if (denying.length > 0) return mostSpecific(denying, facts)
  const granting = applying.filter(({ rule }) => rule.grant !== undefined)
  return mostSpecific(granting.length > 0 ? granting : applying, facts)
}

function takenUse({ name, grant }: PolicyRule): GrantUse | null {
  return grant === undefined ? null : { rule: name, from: grant.from, maxUses: grant.maxUses }
}

/** Why nobody has to approve what its tier puts to people: the rule that decided said so. */
function exemptionOf(
  { name, grant }: PolicyRule,
  { tool }: PolicyFacts,
  command: string | null,
): PolicyExemption | null {
  if (tierDefaults(tool.tier).approvers === 0) return null
  if (command !== null) return { kind: "subcommand", name: command, rule: name }
  return grant === undefined ? { kind: "policy", rule: name } : { kind: "grant", grantId: name }
}

/** Tier T3 asks nobody about a command that the rule names (SPEC 3.2); other tiers know of none. */
function commandOf({ rule, commands }: CompiledRule, facts: PolicyFacts): string | null {
  if (rule.effect !== "tier_default" || facts.tool.tier !== "T3_EXECUTE") return null
  return subcommandOf(commands, facts)
}

function effectOf(
  { effect }: PolicyRule,
  { tool, run }: PolicyFacts,
  { tainted, command }: Readonly<{ tainted: TaintedEffect; command: string | null }>,
): "allow" | "require_approval" {
  if (effect === "require_approval") return effect
  const isAsked = tierDefaults(tool.tier).approvers > 0 && command === null
  if (effect === "tier_default" && isAsked) return "require_approval"
  const isForced = tainted === "require_approval" && run.tainted && tool.tier !== "T0_READ"
  return isForced ? "require_approval" : "allow"
}

/** Where a rule could not be asked, nobody can tell whether there is none. */
function denyingChecks(decider: CompiledRule | null, hasFaults: boolean): RuleCheck[] {
  if (decider === null) {
    if (hasFaults) return []
    return [
      failing("match", null, {
        code: "no_rule_matches",
        message: "No rule of the policy is about this call.",
      }),
    ]
  }
  if (decider.rule.effect !== "deny") return []
  const { name, description } = decider.rule
  const message = `The rule ${name} denies this call${description === undefined ? "." : `: ${description}`}`
  return [failing("effect", name, { code: "denied_by_rule", message })]
}

function restrictionChecks(applying: readonly CompiledRule[], facts: PolicyFacts): RuleCheck[] {
  const found = applying.flatMap(({ rule }) =>
    restrictionsOf(rule, facts).map(({ check, reasons }) => resultOf(check, rule.name, reasons)),
  )
  const used = facts.change?.configFeatures ?? []
  if (used.length === 0) return found

  const allowed = sharedFeatures(applying.map(({ rule }) => rule))
  const refused = used.filter((feature) => !allowed.has(feature))
  const message = `Policy allows no ${refused.join(", ").replaceAll("_", " ")} here.`
  const reasons = refused.length === 0 ? [] : [{ code: "ambiguous_config", message, path: "/change" }]
  return [...found, resultOf("configFeatures", null, reasons)]
}

function tierChecks(applying: readonly CompiledRule[], facts: PolicyFacts): RuleCheck[] {
  const rules = applying.map(({ rule }) => rule)
  return tierRules(rules, facts).map(({ check, reasons }) => resultOf(check, null, reasons))
}

/** What holds whichever rules apply. */
function documentChecks(
  tainted: TaintedEffect,
  recipientsMost: number | undefined,
  facts: PolicyFacts,
): RuleCheck[] {
  const found: RuleCheck[] = []
  if (tainted !== "ignore" && facts.run.tainted && facts.tool.tier !== "T0_READ") {
    found.push(resultOf("tainted", null, tainted === "deny" ? [runTainted] : []))
  }
  if (recipientsMost !== undefined && (facts.change ?? noChange).messages > 0) {
    const reasons = recipientCountReasons(recipientsMost, facts.change ?? noChange)
    found.push(resultOf("recipientsPerMessage", null, reasons))
  }
  return found
}

const runTainted: Reason = {
  code: "run_tainted",
  message: "The run has read what is not trusted, and may write nothing more.",
}

function resultOf(check: string, rule: string | null, reasons: readonly Reason[]): RuleCheck {
  const [first] = reasons
  if (first === undefined) return { check: { check, rule, result: "pass", message: "It holds." }, reasons }
  const more = reasons.length === 1 ? "" : ` And ${reasons.length - 1} more.`
  return { check: { check, rule, result: "fail", message: `${first.message}${more}` }, reasons }
}

function failing(check: string, rule: string | null, reason: Reason): RuleCheck {
  const failed: PolicyCheck = { check, rule, result: "fail", message: reason.message }
  return { check: failed, reasons: [reason] }
}

/** What every rule that says anything allows; nothing when none does. */
function sharedBy<Value>(
  applying: readonly CompiledRule[],
  listOf: (rule: PolicyRule) => readonly Value[] | undefined,
): Value[] {
  const [first = [], ...others] = applying.flatMap(({ rule }) => {
    const list = listOf(rule)
    return list === undefined ? [] : [list]
  })
  return first.filter((value) => others.every((list) => list.includes(value)))
}
