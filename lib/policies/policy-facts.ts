import type { JsonValue, PartKind, PartOp } from "@deltaseal/guard/change"
import type { ConfigFeature } from "@deltaseal/guard/config"
import type { PartFlag } from "@/lib/changes/flags"
import type { Environment, Tier } from "@/lib/tools/tool"

/** Everything a policy can look at of one call. Times are milliseconds since 1970. */
export type PolicyFacts = Readonly<{
  input: JsonValue
  /** Null for a call that changes nothing. */
  change: ChangeFacts | null
  run: RunFacts
  tool: Readonly<{ server: string; name: string; version: string; tier: Tier }>
  tenant: Readonly<{ tenantId: string; name: string }>
  /** Whether the call asks to be tried only. */
  isDryRun: boolean
  /** Rules that are grants and have no uses left; absent = none was found so. */
  spentGrants?: readonly string[]
  now: number
}>

export type RunFacts = Readonly<{
  runId: string
  environment: Environment
  workflow: string
  step: string | null
  agent: string
  model: string | null
  operatorId: string
  /** Whether the run has read what is not trusted. */
  tainted: boolean
  openedAt: number
}>

/** A change in numbers and names, all of it found out by the server. Lists hold each value once, in order. */
export type ChangeFacts = Readonly<{
  kinds: readonly PartKind[]
  ops: readonly PartOp[]
  /** What each part is about, in one line: `docs/a.md in main`. */
  targets: readonly string[]
  /** Of files; of a move both. */
  paths: readonly string[]
  /** Counts of parts, by kind and by what is done. */
  parts: number
  files: number
  records: number
  configs: number
  messages: number
  commands: number
  creates: number
  updates: number
  deletes: number
  moves: number
  /** Lines, fields or arguments, as the diff counts them. */
  added: number
  removed: number
  /** JSON Pointers of what changes in records and configs; `""` is the whole of one. */
  fields: readonly string[]
  /** Normalized addresses. */
  recipients: readonly string[]
  recipientDomains: readonly string[]
  /** Recipients that the tenant never sent to before; all of them when its history is not known. */
  firstContacts: readonly string[]
  /** The most recipients that one message has. */
  recipientsMax: number
  /** Hosts of the URLs in the input and in what records are to hold. */
  hosts: readonly string[]
  flags: readonly PartFlag[]
  /** Numbers that change in records and configs. */
  amounts: readonly AmountChange[]
  /** What readers disagree on and the configs use all the same. */
  configFeatures: readonly ConfigFeature[]
  /** What would be started; absent = recorded before it was looked at. No condition can ask for it. */
  commandLines?: readonly CommandLine[]
  /** Of all contents after the change. */
  bytes: number
}>

/** A process as it would be started; `env` has `NAME=digest` of each variable, in order. */
export type CommandLine = Readonly<{
  argv: readonly string[]
  cwd: string
  env: readonly string[]
  hasStdin: boolean
  image: string | null
}>

/** A number that changes; null = was not there, will not be there, or is no number on that side. */
export type AmountChange = Readonly<{ path: string; before: number | null; after: number | null }>

/** What a call without a change looks like to a condition. */
export const noChange: ChangeFacts = {
  kinds: [],
  ops: [],
  targets: [],
  paths: [],
  parts: 0,
  files: 0,
  records: 0,
  configs: 0,
  messages: 0,
  commands: 0,
  creates: 0,
  updates: 0,
  deletes: 0,
  moves: 0,
  added: 0,
  removed: 0,
  fields: [],
  recipients: [],
  recipientDomains: [],
  firstContacts: [],
  recipientsMax: 0,
  hosts: [],
  flags: [],
  amounts: [],
  configFeatures: [],
  commandLines: [],
  bytes: 0,
}
