import type { PartOp } from "@deltaseal/guard/change"
import type { ConfigFeature } from "@deltaseal/guard/config"
import type { ChangeLimits } from "@/lib/changes/change-limits"
import type { Environment, Tier } from "@/lib/tools/tool"

/**
 * What a tenant's policy says, as its rules are read (SPEC 3.4). An absent
 * member says nothing. Durations are in seconds; names may hold `*`.
 */
export type PolicyDocument = Readonly<{
  version: 1
  description?: string
  rules: readonly PolicyRule[]
  /** What becomes of calls above T0 once the run has read what is not trusted; absent = ignore. */
  tainted?: TaintedEffect
  /** Whoever is the only one of the agency who can decide may decide what they ask for themselves, up to T2 (SPEC 4.3). */
  selfReview?: boolean
  limits?: PolicyLimits
}>

export type PolicyRule = Readonly<{
  /** Unique in the document. */
  name: string
  description?: string
  match?: RuleMatch
  /** A condition in CEL that gives true or false; absent = true. */
  when?: string
  effect: RuleEffect
  approval?: RuleApproval
  /** Globs of the paths that files may have. */
  paths?: AllowDeny
  /** JSON Pointers: what may change of a record or a config, at or below. */
  patchPaths?: AllowDeny
  recipients?: RecipientRule
  configFeatures?: readonly ConfigFeature[]
  /** Commands that tools of tier T3 run without asking, where the rule leaves the call to its tier. */
  commands?: readonly Subcommand[]
  /** https origins that the guard lets the tool reach. */
  egress?: readonly string[]
  dryRun?: boolean
  /** A call of tier T4 may act for real; without a rule that says so it may only be tried. */
  live?: boolean
  taints?: boolean
  /** Lets calls like one that people approved through, within bounds; it decides before every rule but a deny. */
  grant?: RuleGrant
}>

/**
 * A named, parameterised command: exactly as many arguments, each of them
 * fitting; no standard input. Absent `cwd` = any folder, absent `image` or `env` = none.
 */
export type Subcommand = Readonly<{
  name: string
  argv: readonly Argument[]
  cwd?: string
  image?: string
  /** Each variable with the SHA-256 of its value, as the change has it. */
  env?: readonly Readonly<{ name: string; digest: string }>[]
}>

/** One argument: this text, one of these, or any that the whole pattern (RE2) fits and that does not begin with `-`. */
export type Argument = string | Readonly<{ oneOf: readonly string[] }> | Readonly<{ pattern: string }>

/**
 * What makes a rule a bounded grant: it lets calls through without asking, so
 * often and so long, because people once approved one like them.
 */
export type RuleGrant = Readonly<{
  /** The approval that it was made of. */
  from: string
  /** What may be done to what the rule's paths, fields and recipients name. */
  ops: readonly PartOp[]
  maxUses: number
  /** RFC 3339, in UTC. */
  until: string
}>

export type RuleEffect = (typeof ruleEffects)[number]

export const ruleEffects = ["allow", "deny", "require_approval", "tier_default"] as const

export type TaintedEffect = (typeof taintedEffects)[number]

export const taintedEffects = ["ignore", "require_approval", "deny"] as const

/** Which calls a rule is about: each member holds any of its names, an absent one all of them. */
export type RuleMatch = Readonly<{
  server?: readonly string[]
  tool?: readonly string[]
  tier?: readonly Tier[]
  environment?: readonly Environment[]
  workflow?: readonly string[]
  step?: readonly string[]
}>

export type RuleApproval = Readonly<{
  stages?: readonly Stage[]
  /** In place of `stages`: the stages of any of these are enough. */
  anyOf?: readonly Alternative[]
  expiresInSeconds?: number
  useWithinSeconds?: number
  /** So long a decision that was not spent may be carried over to the same call in another run; absent = never. */
  carryOverSeconds?: number
  reasonRequired?: boolean
  stepUp?: boolean
}>

export type Alternative = Readonly<{ stages: readonly Stage[] }>

/** So many people of a group. */
export type Stage = Readonly<{ group: ApproverGroup; count: number }>

export type ApproverGroup = (typeof approverGroups)[number]

/** From the widest to the narrowest: each holds the next. */
export const approverGroups = ["reviewers", "admins", "owners"] as const

export type AllowDeny = Readonly<{ allow?: readonly string[]; deny?: readonly string[] }>

/** `addresses` and `domains` together are the allowlist as soon as either is given. */
export type RecipientRule = Readonly<{
  addresses?: readonly string[]
  domains?: readonly string[]
  firstContact?: "deny"
  perMessage?: number
}>

export type PolicyLimits = Readonly<{
  run?: RunLimits
  tools?: readonly ToolLimit[]
  tenant?: TenantLimits
  reviewer?: ReviewerLimits
  change?: ChangeLimits
}>

export type RunLimits = Readonly<{
  toolCalls?: number
  writes?: number
  wallTimeSeconds?: number
  outputBytes?: number
  tokens?: number
  /** Approvals that wait for people or for their use, at once. */
  pendingApprovals?: number
}>

/** Limits of every tool that `server` and `tool` match, each counted by itself. */
export type ToolLimit = Readonly<{
  server: string
  tool: string
  perMinute?: number
  timeoutSeconds?: number
  outputBytes?: number
}>

export type TenantLimits = Readonly<{
  pendingApprovals?: number
  messagesPerDay?: number
  recipientsPerMessage?: number
}>

/** What nobody is to be buried under: for each person who decides in the tenant. */
export type ReviewerLimits = Readonly<{
  /** Approvals that wait for people or for their use, at once. */
  pendingApprovals?: number
}>

/** How long an approval waits, and then for its use, where no rule says (SPEC 4.1). */
export const defaultExpiresInSeconds = 3_600
export const defaultUseWithinSeconds = 600

/** What holds until a tenant publishes its first policy: version 1, the tier defaults of SPEC 3.2. */
export const builtInPolicy: PolicyDocument = {
  version: 1,
  rules: [{ name: "tier-defaults", effect: "tier_default" }],
}
