import { tierWords } from "@/components/ui/tier-words"
import type { PolicyLimits, PolicyRule, RuleApproval, Stage, Subcommand } from "@/lib/policies/policy"

/** Which calls a rule is about, one piece for each thing that it names; empty = any call. */
export function matchWords({ match = {} }: PolicyRule): { name: string; values: readonly string[] }[] {
  const { tier, ...names } = match
  const pieces = [
    { name: "server", values: names.server },
    { name: "tool", values: names.tool },
    { name: "tier", values: tier?.map((one) => tierWords[one].letter) },
    { name: "environment", values: names.environment },
    { name: "workflow", values: names.workflow },
    { name: "step", values: names.step },
  ]

  return pieces.flatMap(({ name, values }) => (values === undefined ? [] : [{ name, values }]))
}

export const effectWords = {
  allow: { words: "allowed", tone: "good" },
  deny: { words: "denied", tone: "off" },
  require_approval: { words: "asks people", tone: "open" },
  tier_default: { words: "as its tier says", tone: "waits" },
} as const

/** Who has to agree: `one reviewer, then two admins`, or `one owner, or two reviewers`; null where a rule does not say. */
export function stageWords({ stages, anyOf }: RuleApproval = {}): string | null {
  if (anyOf !== undefined) {
    const isEachOne = anyOf.every((way) => way.stages.length === 1)
    return anyOf.map((way) => wayWords(way.stages)).join(isEachOne ? ", or " : "; or ")
  }

  return stages === undefined ? null : wayWords(stages)
}

function wayWords(stages: readonly Stage[]): string {
  return stages
    .map(({ group, count }) => `${countWords(count)} ${count === 1 ? group.replace(/s$/, "") : group}`)
    .join(", then ")
}

/** What people are asked under, and what a call is held to, one line each. */
export function restrictionWords(rule: PolicyRule): string[] {
  const { approval = {}, paths, patchPaths, recipients = {}, grant } = rule
  const listed = (words: string, values: readonly string[] | undefined) =>
    values === undefined ? null : `${words} ${values.length === 0 ? "none" : values.join(", ")}`

  return [
    approval.expiresInSeconds && `decided within ${durationWords(approval.expiresInSeconds)}`,
    approval.useWithinSeconds && `used within ${durationWords(approval.useWithinSeconds)}`,
    approval.carryOverSeconds && `carried over to other runs for ${durationWords(approval.carryOverSeconds)}`,
    approval.reasonRequired && "a reason is required",
    approval.stepUp && "voters use their authenticator",
    listed("paths only", paths?.allow),
    listed("no paths", paths?.deny),
    listed("fields only", patchPaths?.allow),
    listed("no fields", patchPaths?.deny),
    listed("recipients only", recipients.addresses),
    listed("domains only", recipients.domains),
    recipients.firstContact === "deny" && "nobody new",
    recipients.perMessage !== undefined && `at most ${recipients.perMessage} recipients a message`,
    listed("config features", rule.configFeatures),
    listed("runs without asking", rule.commands?.map(commandWords)),
    listed("reaches", rule.egress),
    rule.dryRun && "only as a dry run",
    rule.live && "T4 acts for real",
    rule.taints && "taints the run",
    grant && `a grant: ${grant.ops.join(", ")}, ${grant.maxUses === 1 ? "once" : `${grant.maxUses} times`}`,
    grant && `until ${grant.until.slice(0, 16).replace("T", " ")} UTC`,
  ].filter((words) => typeof words === "string")
}

/** `git-status (git status <--short or --long> </[a-z-]+/>)`: the arguments as they may be. */
function commandWords({ name, argv, cwd, image }: Subcommand): string {
  const words = argv.map((argument) => {
    if (typeof argument === "string") return argument
    return "oneOf" in argument ? `<${argument.oneOf.join(" or ")}>` : `</${argument.pattern}/>`
  })
  const where = [cwd === undefined ? [] : [`in ${cwd}`], image === undefined ? [] : [`with ${image}`]].flat()
  return `${name} (${[words.join(" "), ...where].join(", ")})`
}

/** The limits of a policy, one line each. */
export function limitWords({
  run = {},
  tools = [],
  tenant = {},
  reviewer = {},
  change = {},
}: PolicyLimits): string[] {
  const counted = (value: number | undefined, words: string) =>
    value === undefined ? null : `${value.toLocaleString("en-US")} ${words}`
  const timed = (value: number | undefined, words: string) =>
    value === undefined ? null : `${durationWords(value)} ${words}`

  return [
    counted(run.toolCalls, "calls a run"),
    counted(run.writes, "writes a run"),
    timed(run.wallTimeSeconds, "a run"),
    counted(run.outputBytes, "bytes of output a run"),
    counted(run.tokens, "tokens a run"),
    counted(run.pendingApprovals, "approvals open at once in a run"),
    ...tools.flatMap(({ server, tool, ...limit }) => {
      const whose = `for each tool ${tool} of ${server}`
      return [
        counted(limit.perMinute, `calls a minute ${whose}`),
        timed(limit.timeoutSeconds, `a call ${whose}`),
        counted(limit.outputBytes, `bytes of output a call ${whose}`),
      ]
    }),
    counted(tenant.pendingApprovals, "approvals pending at once"),
    counted(reviewer.pendingApprovals, "approvals pending at once for each person who decides"),
    counted(tenant.messagesPerDay, "messages a day"),
    counted(tenant.recipientsPerMessage, "recipients a message"),
    counted(change.bodyBytes, "bytes of the body of a call"),
    counted(change.parts, "parts a change"),
    counted(change.contentBytes, "bytes of each content of a change"),
    counted(change.diffLines, "lines of a file that is shown line by line"),
  ].filter((words) => words !== null)
}

/** Seconds in the largest unit that is whole: `30 min`. */
export function durationWords(seconds: number): string {
  const [unit, size] = units.find(([, candidate]) => seconds % candidate === 0) ?? ["s", 1]

  return `${(seconds / size).toLocaleString("en-US")} ${unit}`
}

const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const

function countWords(count: number): string {
  return ["no", "one", "two", "three", "four", "five"][count] ?? String(count)
}
