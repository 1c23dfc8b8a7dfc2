import type { PolicyDocument, PolicyRule } from "@/lib/policies/policy"
import type { PolicyFacts } from "@/lib/policies/policy-facts"

type Reference = Readonly<{ effect: string; rule: string | null }>

/**
 * What a policy answers, written down a second time from its description and
 * slowly. `holds` says what a condition gives: true, false or null for an error.
 */
export function referenceAnswer(
  { rules, tainted = "ignore" }: PolicyDocument,
  { tool, run, change, isDryRun }: PolicyFacts,
  holds: (when: string) => boolean | null,
): Reference {
  const glob = (pattern: string, name: string) =>
    new RegExp(
      `^${pattern
        .split("*")
        .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
        .join(".*")}$`,
      "s",
    ).test(name)
  const any = (patterns: readonly string[] | undefined, name: string | null) =>
    patterns === undefined || (name !== null && patterns.some((pattern) => glob(pattern, name)))
  const matching = rules.filter(({ match: m = {} }) =>
    [
      any(m.tool, tool.name),
      any(m.server, tool.server),
      any(m.step, run.step),
      any(m.workflow, run.workflow),
      any(m.environment, run.environment),
      any(m.tier, tool.tier),
    ].every(Boolean),
  )
  const answers = matching.map((rule) => ({ rule, held: rule.when === undefined ? true : holds(rule.when) }))
  const broken = answers.find(({ held }) => held === null)
  if (broken) return { effect: "deny", rule: broken.rule.name }

  const applying = answers.filter(({ held }) => held).map(({ rule }) => rule)
  const effects = ["allow", "tier_default", "require_approval", "deny"]
  const near = (patterns: readonly string[] | undefined, name: string | null) => {
    if (patterns === undefined) return "a"
    return patterns.includes(name ?? "*none*") ? "c" : "b"
  }
  const key = ({ match: m = {}, when, effect }: PolicyRule) =>
    [
      near(m.tool, tool.name),
      near(m.server, tool.server),
      near(m.step, run.step),
      near(m.workflow, run.workflow),
      m.environment ? "b" : "a",
      m.tier ? "b" : "a",
      when ? "b" : "a",
      effects.indexOf(effect),
    ].join("")
  const best = (some: readonly PolicyRule[]) =>
    some.reduce((top, rule) => (key(rule) > key(top) ? rule : top))
  const denying = applying.filter(({ effect }) => effect === "deny")
  if (denying.length > 0) return { effect: "deny", rule: best(denying).name }
  if (applying.length === 0) return { effect: "deny", rule: null }

  const outside = applying.find(
    ({ paths, dryRun }) =>
      (dryRun && !isDryRun) ||
      change?.paths.some(
        (path) => (paths?.allow && !paths.allow.includes(path)) || paths?.deny?.includes(path),
      ),
  )
  if (outside) return { effect: "deny", rule: outside.name }
  if (tool.tier.startsWith("T4")) {
    const lists = applying.filter(({ recipients: r }) => r?.addresses ?? r?.domains)
    if (change !== null && change.messages > 0 && lists.length === 0) return { effect: "deny", rule: null }
    if (!isDryRun && !applying.some(({ live }) => live)) return { effect: "deny", rule: null }
  }
  const isTainted = run.tainted && tool.tier !== "T0_READ"
  if (isTainted && tainted === "deny") return { effect: "deny", rule: null }
  const { effect, name, commands = [] } = best(applying)
  const isNamed = tool.tier.startsWith("T3") && change !== null && isOneOf(commands, change)
  const asks =
    effect === "require_approval" ||
    (effect === "tier_default" && tool.tier > "T2" && !isNamed) ||
    (isTainted && tainted !== "ignore")
  return { effect: asks ? "require_approval" : "allow", rule: name }
}

/** Whether a change starts one process, and that one is spelled out by one of these commands. */
function isOneOf(
  commands: NonNullable<PolicyRule["commands"]>,
  { parts, commandLines = [] }: NonNullable<PolicyFacts["change"]>,
): boolean {
  const [line] = commandLines
  if (parts > 1 || commandLines.length > 1 || line === undefined || line.env > 0 || line.hasStdin)
    return false
  return commands.some(({ argv, cwd = line.cwd, image = null }) => {
    if (cwd !== line.cwd || image !== line.image || argv.length !== line.argv.length) return false
    return argv.every((allowed, index) => {
      const given = String(line.argv[index])
      if (typeof allowed === "string") return allowed === given
      if ("oneOf" in allowed) return allowed.oneOf.some((one) => one === given)
      return !/^-/.test(given) && new RegExp(`^(?:${allowed.pattern})$`, "s").test(given)
    })
  })
}
