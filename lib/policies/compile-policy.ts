import { compileCondition, type Condition } from "./condition"
import { ConditionFault } from "./condition-value"
import type { PolicyDocument, PolicyLimits, PolicyRule, RuleMatch } from "./policy"
import { tenantLimits } from "./tier-rules"
import { compileSubcommand, type CompiledSubcommand } from "./subcommand"
import { fitsName } from "./wildcard"

/** A policy ready to be asked, as often as one likes: the same facts, the same answer. */
export type CompiledPolicy = Readonly<{
  document: PolicyDocument
  forTool: (server: string, tool: string) => ToolPolicy
}>

/** What may concern one tool: rules in the document's order, and the limits that hold for it. */
export type ToolPolicy = Readonly<{ rules: readonly CompiledRule[]; limits: PolicyLimits }>

export type CompiledRule = Readonly<{
  rule: PolicyRule
  /** Its place in the document. */
  index: number
  condition: Condition | null
  commands: readonly CompiledSubcommand[]
  fitsWorkflow: (name: string) => boolean
  fitsStep: (name: string | null) => boolean
}>

/** What keeps a policy from being published. `path` is a JSON Pointer; `offset` counts into the text there. */
export type PolicyProblem = Readonly<{ path: string; offset?: number; code: string; message: string }>

/** A policy that cannot be in force. */
export class PolicyError extends Error {
  override readonly name = "PolicyError"
  readonly problems: readonly PolicyProblem[]

  constructor(problems: readonly PolicyProblem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join(" "))
    this.problems = problems
  }
}

/** @throws PolicyError with everything that is wrong with the conditions */
export function compilePolicy(document: PolicyDocument): CompiledPolicy {
  const problems: PolicyProblem[] = []
  const rules = document.rules.map((rule, index) => compiledRule(rule, index, problems))
  if (problems.length > 0) throw new PolicyError(problems)

  return { document, forTool: indexed(rules, document.limits ?? {}) }
}

/** How many tools one policy remembers the rules of; past that it looks again. */
const toolsMax = 2_000

function indexed(rules: readonly CompiledRule[], limits: PolicyLimits): CompiledPolicy["forTool"] {
  const known = new Map<string, ToolPolicy>()

  return (server, tool) => {
    const key = `${server}/${tool}`
    const found = known.get(key)
    if (found !== undefined) return found

    const concerned = {
      rules: rules.filter(({ rule }) => concerns(rule.match, server, tool)),
      limits: limitsFor(limits, server, tool),
    }
    if (known.size >= toolsMax) known.clear()
    known.set(key, concerned)
    return concerned
  }
}

function limitsFor({ tools, ...limits }: PolicyLimits, server: string, tool: string): PolicyLimits {
  const concerned =
    tools?.filter((limit) => fitsName(limit.server, server) && fitsName(limit.tool, tool)) ?? []
  const held = { ...limits, tenant: tenantLimits(limits.tenant) }
  return concerned.length === 0 ? held : { ...held, tools: concerned }
}

function concerns(match: RuleMatch | undefined, server: string, tool: string): boolean {
  return fitsAny(match?.server, server) && fitsAny(match?.tool, tool)
}

function fitsAny(patterns: readonly string[] | undefined, name: string): boolean {
  return patterns === undefined || patterns.some((pattern) => fitsName(pattern, name))
}

function compiledRule(rule: PolicyRule, index: number, problems: PolicyProblem[]): CompiledRule {
  const { workflow, step } = rule.match ?? {}

  return {
    rule,
    index,
    condition: conditionOf(rule, index, problems),
    commands: commandsOf(rule, index, problems),
    fitsWorkflow: (name) => fitsAny(workflow, name),
    fitsStep: (name) => step === undefined || (name !== null && fitsAny(step, name)),
  }
}

function commandsOf(
  { commands = [] }: PolicyRule,
  index: number,
  problems: PolicyProblem[],
): readonly CompiledSubcommand[] {
  return commands.flatMap((command, at) => {
    try {
      return [compileSubcommand(command)]
    } catch {
      const path = `/rules/${index}/commands/${at}`
      const message = `A pattern of the command ${command.name} is not one of RE2's, or it is too large.`
      problems.push({ path, code: "unsupported_pattern", message })
      return []
    }
  })
}

function conditionOf({ when }: PolicyRule, index: number, problems: PolicyProblem[]): Condition | null {
  if (when === undefined) return null
  try {
    return compileCondition(when)
  } catch (fault) {
    if (!(fault instanceof ConditionFault)) throw fault
    const { code, message, offset } = fault
    const place = offset === undefined ? {} : { offset }
    problems.push({ path: `/rules/${index}/when`, ...place, code, message: `In this condition, ${message}.` })
    return null
  }
}
