import fc from "fast-check"
import {
  approverGroups,
  ruleEffects,
  taintedEffects,
  type PolicyDocument,
  type PolicyRule,
} from "@/lib/policies/policy"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import { environments, tiers } from "@/lib/tools/tool"
import { someChange, someFacts } from "./policy-facts"

/** Conditions with what each gives: null = it cannot be asked. */
export const conditions: ReadonlyMap<string, (facts: PolicyFacts) => boolean | null> = new Map<
  string,
  (facts: PolicyFacts) => boolean | null
>([
  ["true", () => true],
  ["change.parts > 1", ({ change }) => (change?.parts ?? 0) > 1],
  [
    "run.tainted || input.amount > 10",
    ({ run, input }) => run.tainted || amountOf(input, (amount) => amount > 10),
  ],
  ["input.amount < 20", ({ input }) => amountOf(input, (amount) => amount < 20)],
  [
    'change.paths.exists(p, p.startsWith("docs/"))',
    ({ change }) => change?.paths.some((p) => p.startsWith("docs/")) ?? false,
  ],
  ['tool.name.matches("^(write|read)_")', ({ tool }) => /^(write|read)_/.test(tool.name)],
])

function amountOf(input: PolicyFacts["input"], test: (amount: number) => boolean): boolean | null {
  const amount = typeof input === "object" && input !== null && !Array.isArray(input) ? input["amount"] : null
  return typeof amount === "number" ? test(amount) : null
}

const some = (...names: string[]) => fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })

/** Any of these members, or none. */
function said<Value>(members: { [Name in keyof Value]: fc.Arbitrary<Value[Name]> }): fc.Arbitrary<
  Partial<Value>
> {
  return fc.record(members, { requiredKeys: [] }) as fc.Arbitrary<Partial<Value>>
}

const paths = ["docs/a.md", "docs/b.md", "src/a.ts"]
const addresses = ["ana@acme.example", "bo@acme.example", "eve@other.example"]

const match = said({
  server: some("workspace", "crm", "w*"),
  tool: some("write_file", "read_file", "write_*", "*"),
  tier: fc.uniqueArray(fc.constantFrom(...tiers), { minLength: 1 }),
  environment: fc.uniqueArray(fc.constantFrom(...environments), { minLength: 1 }),
  workflow: some("nightly-report", "nightly-*", "import"),
  step: some("publish", "p*", "read"),
})

const stages = fc.array(
  fc.record({ group: fc.constantFrom(...approverGroups), count: fc.integer({ min: 1, max: 2 }) }),
  { minLength: 1, maxLength: 2 },
)

const asked = said({
  stages,
  anyOf: fc.array(fc.record({ stages }), { minLength: 2, maxLength: 3 }),
  expiresInSeconds: fc.constantFrom(60, 1_800, 3_600, 7_200),
  useWithinSeconds: fc.constantFrom(60, 600, 1_200),
  reasonRequired: fc.boolean(),
  stepUp: fc.boolean(),
})

/** Who decides is said once, in either way. */
const approval = fc
  .record({ asked, isAnyOf: fc.boolean() })
  .map(({ asked: { stages: all, anyOf, ...rest }, isAnyOf }) =>
    isAnyOf && anyOf !== undefined ? { anyOf, ...rest } : { ...(all && { stages: all }), ...rest },
  )

const aDigest = "a".repeat(64)

const argument = fc.oneof(
  fc.constantFrom("status", "--short", "main"),
  fc.record({ oneOf: fc.subarray(["--short", "--long", "status"], { minLength: 1 }) }),
  fc.record({ pattern: fc.constantFrom("[a-z]+", "ma.*", ".*") }),
)

/** What named commands may look like; their names are their places. */
const commands = fc
  .array(
    fc.record({
      argv: fc.array(argument, { maxLength: 2 }).map((operands) => ["git", ...operands]),
      cwd: fc.constantFrom("/work", undefined),
      image: fc.constantFrom("box", undefined, undefined),
      env: fc.constantFrom([{ name: "A", digest: aDigest }], undefined, undefined),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((some) =>
    some.map(({ argv, cwd, image, env }, index) => ({
      name: `command-${index}`,
      argv,
      ...(cwd === undefined ? {} : { cwd }),
      ...(image === undefined ? {} : { image }),
      ...(env === undefined ? {} : { env }),
    })),
  )

/** Processes that some of them fit, and some nearly. */
const commandLine = fc.record({
  argv: fc
    .array(fc.constantFrom("status", "--short", "--long", "main", "-x", ""), { maxLength: 2 })
    .map((operands) => ["git", ...operands]),
  cwd: fc.constantFrom("/work", "/work", "/tmp"),
  env: fc.constantFrom([], [], [`A=${aDigest}`]),
  hasStdin: fc.constantFrom(false, false, false, true),
  image: fc.constantFrom(null, null, "box"),
})

/** Everything but the name; approvals only where someone is asked. */
const ruleBody = said({
  match,
  when: fc.constantFrom(...conditions.keys()),
  approval,
  paths: said({ allow: some(...paths), deny: some(...paths) }),
  patchPaths: said({ allow: some("/a", "/b", "/a/c"), deny: some("/a", "/b") }),
  recipients: said({
    addresses: some(...addresses),
    domains: some("acme.example", "other.example"),
    firstContact: fc.constant("deny" as const),
    perMessage: fc.integer({ min: 0, max: 3 }),
  }),
  configFeatures: fc.uniqueArray(fc.constantFrom("anchors" as const, "tags" as const)),
  commands,
  egress: fc.uniqueArray(fc.constantFrom("https://a.example", "https://b.example")),
  dryRun: fc.boolean(),
  live: fc.boolean(),
  taints: fc.boolean(),
})

export const arbitraryRule: fc.Arbitrary<Omit<PolicyRule, "name">> = fc
  .record({ body: ruleBody, effect: fc.constantFrom(...ruleEffects) })
  .map(({ body, effect }) => {
    const { approval: asked, commands: named, ...rest } = body
    const isAsked = effect === "require_approval" || effect === "tier_default"
    return {
      ...rest,
      effect,
      ...(isAsked && asked ? { approval: asked } : {}),
      ...(effect === "tier_default" && named ? { commands: named } : {}),
    }
  })

/** Rules with little in them, so that several apply at once. */
const plainRule: fc.Arbitrary<Omit<PolicyRule, "name">> = fc
  .record({
    rule: arbitraryRule,
    keep: fc.subarray([
      "match",
      "when",
      "approval",
      "paths",
      "commands",
      "egress",
      "dryRun",
      "live",
      "taints",
    ]),
  })
  .map(({ rule, keep }) => {
    const kept = Object.entries(rule).filter(([name]) => name === "effect" || keep.includes(name))
    return Object.fromEntries(kept) as unknown as Omit<PolicyRule, "name">
  })

/** What the facts are at, in the middle of what grants may say. */
export const grantTime = Date.UTC(2026, 0, 31, 9, 30)

const ops = ["create", "update", "delete"] as const

/** Rules that are grants: wide enough to apply often, narrow enough not to each time. */
export const arbitraryGrant: fc.Arbitrary<Omit<PolicyRule, "name">> = fc
  .record({
    server: some("workspace", "*"),
    tool: some("write_file", "write_*", "*"),
    more: said({
      environment: fc.subarray([...environments], { minLength: 1 }),
      step: some("publish", "p*"),
    }),
    bounds: fc.record(
      {
        paths: fc.record({ allow: fc.subarray(paths, { minLength: 2 }) }),
        patchPaths: fc.record({ allow: fc.constantFrom(["/a"], ["/a", "/b"], [""]) }),
        recipients: fc.record({ addresses: fc.subarray(addresses, { minLength: 2 }) }),
        dryRun: fc.constant(true),
      },
      { requiredKeys: ["paths"] },
    ),
    allowed: fc.subarray([...ops], { minLength: 2 }),
    until: fc.constantFrom("2026-01-31T09:30:00Z", ...Array<string>(3).fill("2026-01-31T09:30:01Z")),
  })
  .map(({ server, tool, more, bounds, allowed, until }) => ({
    match: { server, tool, ...more },
    effect: "allow",
    ...bounds,
    grant: { from: "appr_01J00000000000000000000000", ops: allowed, maxUses: 1, until },
  }))

/** What grants look at of a call besides. */
export const arbitraryGrantFacts = fc.record({
  kinds: fc.oneof(
    fc.constant(["file"] as const),
    fc.subarray(["file", "record", "config", "message", "command"] as const, { minLength: 1, maxLength: 2 }),
  ),
  ops: fc.subarray([...ops], { minLength: 1, maxLength: 2 }),
  /** Few of them: what a grant does not name is outside of it. */
  fields: fc.subarray(["/a", "/a/c", "/b", ""], { maxLength: 1 }),
  recipients: fc.subarray(addresses, { maxLength: 1 }),
  spentGrants: fc.option(fc.subarray(["grant-0", "grant-1"]), { nil: undefined, freq: 1 }),
})

const toolLimit = fc.record({
  server: fc.constant("crm"),
  tool: some("*", "a").map(([tool = "*"]) => tool),
  perMinute: fc.nat(9),
})

const limits = said({
  run: said({
    toolCalls: fc.nat(9),
    writes: fc.nat(9),
    wallTimeSeconds: fc.integer({ min: 1, max: 9_000 }),
    pendingApprovals: fc.nat(200),
  }),
  tools: fc.array(toolLimit, { maxLength: 2 }),
  tenant: said({ pendingApprovals: fc.nat(9), recipientsPerMessage: fc.nat(3) }),
  reviewer: said({ pendingApprovals: fc.nat(9) }),
  change: said({ bodyBytes: fc.nat(9), parts: fc.nat(9), contentBytes: fc.nat(9), diffLines: fc.nat(9) }),
})

export const arbitraryPolicy: fc.Arbitrary<PolicyDocument> = fc
  .record({
    rules: fc.array(fc.oneof(plainRule, arbitraryRule), { maxLength: 5 }),
    tainted: fc.option(fc.constantFrom(...taintedEffects), { nil: undefined }),
    selfReview: fc.option(fc.boolean(), { nil: undefined }),
    limits: fc.option(limits, { nil: undefined }),
  })
  .map(({ rules, tainted, selfReview, limits: limited }) => ({
    version: 1,
    rules: rules.map((rule, index) => ({ name: `rule-${index}`, ...rule })),
    ...(tainted && { tainted }),
    ...(selfReview !== undefined && { selfReview }),
    ...(limited && { limits: limited }),
  }))

/** A call that starts one process and does nothing else, of a tool that may. */
const aCommand: fc.Arbitrary<(facts: PolicyFacts) => PolicyFacts> = commandLine.map((line) => (facts) => ({
  ...facts,
  tool: { ...facts.tool, tier: "T3_EXECUTE" },
  change: someChange({ kinds: ["command"], paths: [], files: 0, commands: 1, commandLines: [line] }),
}))

const anyFacts: fc.Arbitrary<PolicyFacts> = fc
  .record({
    tier: fc.constantFrom(...tiers),
    server: fc.constantFrom("workspace", "crm"),
    name: fc.constantFrom("write_file", "read_file", "write_other"),
    environment: fc.constantFrom(...environments),
    workflow: fc.constantFrom("nightly-report", "nightly-other", "import"),
    step: fc.constantFrom("publish", "prepare", "read", null),
    tainted: fc.boolean(),
    isDryRun: fc.boolean(),
    input: fc.constantFrom({ amount: 5 }, { amount: 15 }, { amount: 25 }, { amount: "many" }, {}),
    change: fc.option(
      fc.record({
        paths: fc.subarray(paths),
        fields: fc.subarray(["/a", "/a/c", "/b", ""]),
        recipients: fc.subarray(addresses),
        firstContacts: fc.subarray(addresses),
        recipientsMax: fc.nat(4),
        messages: fc.nat(1),
        parts: fc.integer({ min: 1, max: 3 }),
        configFeatures: fc.subarray(["anchors" as const, "tags" as const]),
        commandLines: fc.array(commandLine, { maxLength: 2 }),
      }),
    ),
  })
  .map(({ tier, server, name, environment, workflow, step, tainted, isDryRun, input, change }) => {
    const { run } = someFacts()
    return someFacts({
      input,
      change: change === null ? null : someChange(change),
      run: { ...run, environment, workflow, step, tainted },
      tool: { server, name, version: "1", tier },
      isDryRun,
    })
  })

/** A third of them about one process. */
export const arbitraryFacts: fc.Arbitrary<PolicyFacts> = fc
  .tuple(anyFacts, aCommand, fc.nat(2))
  .map(([facts, asCommand, kind]) => (kind === 0 ? asCommand(facts) : facts))
