import { contentBytesMax, partsMax } from "@deltaseal/guard/change"
import { z } from "zod"
import { diffLinesMax } from "@/lib/changes/file-diff"
import { bodyBytesMax } from "@/lib/kernel/body-bytes"
import { refuseHidden } from "@/lib/kernel/name.schema"
import { environments, tiers, type Tier } from "@/lib/tools/tool"
import { grantProblems, GrantShape } from "./grant.schema"
import { approverGroups, ruleEffects, taintedEffects, type PolicyDocument } from "./policy"
import { commandsProblem, SubcommandShape } from "./subcommand.schema"
import {
  Address,
  Domain,
  Duration,
  Glob,
  NamePattern,
  Origin,
  Pointer,
  WorkPattern,
} from "./policy-values.schema"

/** How much one policy holds. */
export const rulesMax = 500
const listMax = 200

/** Anything a policy's text may say, strictly; what is read is a document. */
export const PolicyShape: z.ZodType<PolicyDocument> = z.lazy(() =>
  z
    .strictObject({
      version: z.literal(1, "Write `version: 1`: it is that of this layout, not of your policy."),
      description: Words.optional(),
      rules: z.array(RuleShape).max(rulesMax, `A policy has at most ${rulesMax} rules.`),
      tainted: z.enum(taintedEffects).optional(),
      selfReview: Flag.optional(),
      limits: LimitsShape.optional(),
    })
    .transform(saidOnly),
)

const Words = z.string().max(500, "A description has at most 500 characters.").superRefine(refuseHidden)
const Flag = z.boolean("This is true or false.")

function listOf<Item extends z.ZodType>(item: Item) {
  return z.array(item).max(listMax, `A list has at most ${listMax} items.`)
}

/** An empty list of names would match nothing, which nobody means. */
function someOf<Item extends z.ZodType>(item: Item) {
  return listOf(item).min(1, "Name at least one, or leave this out for all.")
}

function count(max: number) {
  return z
    .int("This is a whole number.")
    .min(0, "This is 0 or more.")
    .max(max, `This is at most ${max.toLocaleString("en-US")}.`)
}

const shortTiers: ReadonlyMap<string, Tier> = new Map(tiers.map((tier) => [tier.slice(0, 2), tier]))

/** Short names are read and long ones written. */
const TierName = z.preprocess(
  (value) => (typeof value === "string" ? (shortTiers.get(value) ?? value) : value),
  z.enum(tiers, "A tier is T0, T1, T2, T3, T4 or one of their long names."),
)

const MatchShape = z
  .strictObject({
    server: someOf(NamePattern).optional(),
    tool: someOf(NamePattern).optional(),
    tier: someOf(TierName).optional(),
    environment: someOf(z.enum(environments)).optional(),
    workflow: someOf(WorkPattern).optional(),
    step: someOf(WorkPattern).optional(),
  })
  .transform(saidOnly)

const StageShape = z.strictObject({
  group: z.enum(approverGroups),
  count: z
    .int("This is a whole number.")
    .min(1, "A stage needs at least 1 person.")
    .max(20, "This is at most 20."),
})

const StagesShape = listOf(StageShape)
  .min(1, "Name at least one stage.")
  .max(5, "There are at most 5 stages.")

const ApprovalShape = z
  .strictObject({
    stages: StagesShape.optional(),
    anyOf: listOf(z.strictObject({ stages: StagesShape }))
      .min(2, "Name at least two alternatives, or say `stages`.")
      .max(5, "There are at most 5 alternatives.")
      .optional(),
    expiresIn: Duration("1m", "7d").optional(),
    useWithin: Duration("1m", "24h").optional(),
    carryOver: Duration("1m", "7d").optional(),
    reasonRequired: Flag.optional(),
    stepUp: Flag.optional(),
  })
  .superRefine(({ stages, anyOf }, context) => {
    if (stages === undefined || anyOf === undefined) return
    const message = "Say who decides once: by `stages`, or by `anyOf` where one of several ways is enough."
    context.addIssue({ code: "custom", path: ["anyOf"], message, params: { code: "stages_said_twice" } })
  })
  .transform(({ expiresIn, useWithin, carryOver, ...said }) =>
    saidOnly({
      ...said,
      expiresInSeconds: expiresIn,
      useWithinSeconds: useWithin,
      carryOverSeconds: carryOver,
    }),
  )

const RecipientsShape = z
  .strictObject({
    addresses: listOf(Address).optional(),
    domains: listOf(Domain).optional(),
    firstContact: z.literal("deny", "The only word here is deny.").optional(),
    perMessage: count(10_000).optional(),
  })
  .transform(saidOnly)

const RuleShape = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "A rule's name is 1 to 64 lower-case letters, digits or dashes."),
    description: Words.optional(),
    match: MatchShape.optional(),
    when: z.string("A condition is text in CEL.").min(1, "A condition says something.").optional(),
    effect: z.enum(ruleEffects, "An effect is allow, deny, require_approval or tier_default."),
    approval: ApprovalShape.optional(),
    paths: allowDeny(Glob).optional(),
    patchPaths: allowDeny(Pointer).optional(),
    recipients: RecipientsShape.optional(),
    configFeatures: listOf(z.enum(["anchors", "duplicate_keys", "merge_keys", "tags"])).optional(),
    commands: someOf(SubcommandShape).optional(),
    egress: listOf(Origin).optional(),
    dryRun: Flag.optional(),
    live: Flag.optional(),
    taints: Flag.optional(),
    grant: GrantShape.optional(),
  })
  .superRefine((rule, context) => {
    const { effect, approval, grant } = rule
    for (const { path, message } of grant === undefined ? [] : grantProblems(rule)) {
      context.addIssue({ code: "custom", path: [path], message, params: { code: "not_in_a_grant" } })
    }
    const wrong = commandsProblem(rule)
    if (wrong !== null) {
      const { code, message } = wrong
      context.addIssue({ code: "custom", path: ["commands"], message, params: { code } })
    }
    if (approval === undefined || effect === "require_approval" || effect === "tier_default") return
    const message = `A rule with the effect ${effect} asks nobody: leave approval out.`
    context.addIssue({ code: "custom", path: ["approval"], message, params: { code: "approval_not_used" } })
  })
  .transform(saidOnly)

function allowDeny(item: z.ZodType<string>) {
  return z.strictObject({ allow: listOf(item).optional(), deny: listOf(item).optional() }).transform(saidOnly)
}

const RunLimitsShape = z
  .strictObject({
    toolCalls: count(1_000_000).optional(),
    writes: count(1_000_000).optional(),
    wallTime: Duration("1s", "30d").optional(),
    outputBytes: count(1_000_000_000_000).optional(),
    tokens: count(1_000_000_000_000).optional(),
    pendingApprovals: count(1_000_000).optional(),
  })
  .transform(({ wallTime, ...said }) => saidOnly({ ...said, wallTimeSeconds: wallTime }))

const ToolLimitShape = z
  .strictObject({
    server: NamePattern,
    tool: NamePattern,
    perMinute: count(1_000_000).optional(),
    timeout: Duration("1s", "1h").optional(),
    outputBytes: count(1_000_000_000_000).optional(),
  })
  .transform(({ timeout, ...said }) => saidOnly({ ...said, timeoutSeconds: timeout }))

const LimitsShape = z
  .strictObject({
    run: RunLimitsShape.optional(),
    tools: listOf(ToolLimitShape).optional(),
    tenant: z
      .strictObject({
        pendingApprovals: count(1_000_000).optional(),
        messagesPerDay: count(1_000_000).optional(),
        recipientsPerMessage: count(10_000).optional(),
      })
      .transform(saidOnly)
      .optional(),
    reviewer: z
      .strictObject({ pendingApprovals: count(10_000).optional() })
      .transform(saidOnly)
      .optional(),
    change: z
      .strictObject({
        bodyBytes: count(bodyBytesMax).optional(),
        parts: count(partsMax).optional(),
        contentBytes: count(contentBytesMax).optional(),
        diffLines: count(diffLinesMax).optional(),
      })
      .transform(saidOnly)
      .optional(),
  })
  .transform(saidOnly)

/** A member that says nothing is absent, not undefined. */
type Said<Value> = {
  [Name in keyof Value as undefined extends Value[Name] ? never : Name]: Value[Name]
} & {
  [Name in keyof Value as undefined extends Value[Name] ? Name : never]?: Exclude<Value[Name], undefined>
}

function saidOnly<Value extends object>(value: Value): Said<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, said]) => said !== undefined)) as Said<Value>
}
