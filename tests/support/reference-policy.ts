import type { PolicyDocument, PolicyRule } from "@/lib/policies/policy"
import type { PolicyFacts } from "@/lib/policies/policy-facts"

type Reference = Readonly<{
  effect: string
  rule: string | null
  isSigned?: boolean
  /** Each way to satisfy it, as `1 owners` and so on. */
  ways?: readonly string[]
  isOwn?: boolean
}>

/**
 * What a policy answers, written down a second time from its description and
 * slowly. `holds` says what a condition gives: true, false or null for an error.
 */
export function referenceAnswer(
  { rules, tainted = "ignore", selfReview }: PolicyDocument,
  facts: PolicyFacts,
  holds: (when: string) => boolean | null,
): Reference {
  const { tool, run, change, isDryRun } = facts
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

  const applying = answers.filter(({ held, rule }) => held && isGranting(rule, facts)).map(({ rule }) => rule)
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
  const granting = applying.filter(({ grant }) => grant)
  const {
    effect,
    name,
    commands = [],
    approval: asked = {},
  } = best(granting.length > 0 ? granting : applying)
  const isNamed = tool.tier.startsWith("T3") && change !== null && isOneOf(commands, change)
  const asks =
    effect === "require_approval" ||
    (effect === "tier_default" && tool.tier > "T2" && !isNamed) ||
    (isTainted && tainted !== "ignore")
  if (!asks) return { effect: "allow", rule: name }
  const isSigned = applying.some(({ approval }) => approval?.stepUp)
  const lists = asked.anyOf?.map(({ stages }) => stages) ?? [
    asked.stages ?? [{ group: "reviewers", count: 1 }],
  ]
  const ways = lists.map((stages) => stages.map(({ group, count }) => `${count} ${group}`).join(" and "))
  return { effect: "require_approval", rule: name, isSigned, ways, isOwn: !!selfReview && tool.tier < "T3" }
}

/** Whether a change starts one process, and that one is spelled out by one of these commands. */
function isOneOf(
  commands: NonNullable<PolicyRule["commands"]>,
  { parts, commandLines = [] }: NonNullable<PolicyFacts["change"]>,
): boolean {
  const [line] = commandLines
  if (parts > 1 || commandLines.length > 1 || line === undefined || line.hasStdin) return false
  return commands.some(({ argv, cwd = line.cwd, image = null, env = [] }) => {
    const variables = new Set(env.map(({ name, digest }) => `${name}=${digest}`))
    if (variables.size !== line.env.length || !line.env.every((one) => variables.has(one))) return false
    if (cwd !== line.cwd || image !== line.image || argv.length !== line.argv.length) return false
    return argv.every((allowed, index) => {
      const given = String(line.argv[index])
      if (typeof allowed === "string") return allowed === given
      if ("oneOf" in allowed) return allowed.oneOf.some((one) => one === given)
      return !/^-/.test(given) && new RegExp(`^(?:${allowed.pattern})$`, "s").test(given)
    })
  })
}

/** Whether a rule, where it is a grant, is about all that a call does, in time, and not used up; another rule is. */
function isGranting(
  { name, grant, paths, patchPaths, recipients, dryRun }: PolicyRule,
  { change, now, spentGrants = [], isDryRun }: PolicyFacts,
): boolean {
  if (!grant) return true
  if (change === null || now >= Date.parse(grant.until) || spentGrants.includes(name)) return false
  const bounds = { file: paths, record: patchPaths, config: patchPaths, message: recipients?.addresses }
  const isIn = (pointers: readonly string[], field: string) =>
    pointers.some((pointer) => `${field}/`.startsWith(`${pointer}/`))
  return [
    change.ops.every((op) => grant.ops.includes(op)),
    change.kinds.every((kind) => kind in bounds && bounds[kind as keyof typeof bounds] !== undefined),
    change.paths.every((path) => paths?.allow?.includes(path) ?? true),
    change.fields.every((field) => !patchPaths?.allow || isIn(patchPaths.allow, field)),
    change.recipients.every((address) => recipients?.addresses?.includes(address) ?? true),
    !dryRun || isDryRun,
  ].every(Boolean)
}
