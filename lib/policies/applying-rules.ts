import type { Reason } from "@/lib/errors/app-error"
import type { CompiledRule } from "./compile-policy"
import { variablesOf, type Variables } from "./condition"
import { ConditionFault } from "./condition-value"
import { outsideGrant } from "./grant"
import type { PolicyCheck } from "./policy-answer"
import type { PolicyFacts } from "./policy-facts"

/** A check that a call must pass, with why it does not. */
export type RuleCheck = Readonly<{ check: PolicyCheck; reasons: readonly Reason[] }>

/**
 * Which rules apply, and which cannot be asked, each with its check. `checks`
 * has those that could be asked.
 */
export type Applying = Readonly<{
  applying: readonly CompiledRule[]
  faults: readonly RuleCheck[]
  checks: readonly PolicyCheck[]
}>

/**
 * How many steps all conditions of one call may take together, a step being
 * ten to two hundred nanoseconds: a condition that runs out is one that cannot be asked.
 */
export const conditionStepsMax = 500_000

/** All conditions are asked, so that the answer can name every rule that has something to say. */
export function applyingRules(rules: readonly CompiledRule[], facts: PolicyFacts): Applying {
  const applying: CompiledRule[] = []
  const faults: RuleCheck[] = []
  const checks: PolicyCheck[] = []
  const meter = { left: conditionStepsMax }
  let variables: Variables | null = null

  for (const compiled of rules) {
    const { rule, condition } = compiled
    const result = matches(compiled, facts)
      ? ask(condition === null ? null : () => condition.test((variables ??= variablesOf(facts)), meter))
      : "elsewhere"

    if (rule.grant !== undefined && result === "applies") {
      const outside = outsideGrant(rule, rule.grant, facts)
      checks.push(grantCheck(rule.name, outside))
      if (outside === null) applying.push(compiled)
      continue
    }
    if (result instanceof ConditionFault) faults.push(faultCheck(rule.name, result))
    else checks.push(checkOf(rule.name, result))
    if (result === "applies") applying.push(compiled)
  }

  return { applying, faults, checks }
}

function matches({ rule, fitsWorkflow, fitsStep }: CompiledRule, { tool, run }: PolicyFacts): boolean {
  const { match } = rule
  if (match === undefined) return true
  if (match.tier?.includes(tool.tier) === false) return false
  if (match.environment?.includes(run.environment) === false) return false
  return fitsWorkflow(run.workflow) && fitsStep(run.step)
}

type Found = "applies" | "false" | "elsewhere"

function ask(test: (() => boolean) | null): Found | ConditionFault {
  if (test === null) return "applies"
  try {
    return test() ? "applies" : "false"
  } catch (fault) {
    return fault instanceof ConditionFault
      ? fault
      : new ConditionFault("condition_error", "it could not be evaluated")
  }
}

const words: Readonly<Record<Found, string>> = {
  applies: "The rule applies.",
  false: "Its condition is not met.",
  elsewhere: "It is about other tiers, environments, workflows or steps.",
}

function checkOf(rule: string, found: Found): PolicyCheck {
  return {
    check: "rule",
    rule,
    result: found === "applies" ? "pass" : "not_applicable",
    message: words[found],
  }
}

function grantCheck(rule: string, outside: string | null): PolicyCheck {
  return {
    check: "grant",
    rule,
    result: outside === null ? "pass" : "not_applicable",
    message: outside ?? "The grant is about this call.",
  }
}

function faultCheck(rule: string, { message }: ConditionFault): RuleCheck {
  const said = `The condition of the rule ${rule} cannot be asked: ${message}.`
  return {
    check: { check: "rule", rule, result: "error", message: said },
    reasons: [{ code: "condition_failed", message: said }],
  }
}
