import { describe, expect, test } from "vitest"
import { compilePolicy } from "@/lib/policies/compile-policy"
import { possibleConfigFeatures } from "@/lib/policies/config-features"
import { decideCall, type CallFacts } from "@/lib/policies/decision"
import { evaluate } from "@/lib/policies/evaluate"
import { builtInPolicy, type PolicyDocument, type PolicyRule } from "@/lib/policies/policy"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import { tiers } from "@/lib/tools/tool"
import { compiled, policyOf, someChange, someFacts } from "../../support/policy-facts"

const answer = (rule: Partial<PolicyRule>, facts: Partial<PolicyFacts> = {}) =>
  evaluate(compiled(rule), someFacts(facts))
const codes = ({ reasons }: ReturnType<typeof evaluate>) => reasons.map(({ code }) => code)

test.each(tiers)("leaves %s to its tier under the built-in policy", (tier) => {
  const { tool } = someFacts()
  const { effect, rule, approval } = evaluate(
    compilePolicy(builtInPolicy),
    someFacts({ tool: { ...tool, tier }, isDryRun: tier === "T4_IDENTITY_MONEY_OUTBOUND" }),
  )

  expect(rule).toBe("tier-defaults")
  expect(effect).toBe(tier === "T0_READ" || tier === "T1_REVERSIBLE_WRITE" ? "allow" : "require_approval")
  if (approval !== null) {
    expect(approval).toEqual({
      stages: [{ group: "reviewers", count: 1 }],
      expiresInSeconds: 3_600,
      useWithinSeconds: 600,
      isReasonRequired: false,
    })
  }
})

describe("matches by", () => {
  test.each([
    ["server", { server: ["workspace"] }, { server: ["crm"] }],
    ["a pattern of servers", { server: ["work*"] }, { server: ["*work"] }],
    ["tool", { tool: ["write_file"] }, { tool: ["write_files"] }],
    ["a pattern of tools", { tool: ["nothing", "*_file"] }, { tool: ["read_*"] }],
    ["tier", { tier: ["T2_IRREVERSIBLE_WRITE"] }, { tier: ["T0_READ", "T3_EXECUTE"] }],
    ["environment", { environment: ["prod"] }, { environment: ["dev", "staging"] }],
    ["workflow", { workflow: ["nightly-*"] }, { workflow: ["nightly"] }],
    ["step", { step: ["publish"] }, { step: ["prepare"] }],
  ] as const)("%s", (_, match, other) => {
    expect(answer({ match })).toMatchObject({ effect: "allow" })
    expect(codes(answer({ match: other }))).toEqual(["no_rule_matches"])
  })

  test("a step only where the run has one", () => {
    const { run } = someFacts()
    expect(codes(answer({ match: { step: ["*"] } }, { run: { ...run, step: null } }))).toEqual([
      "no_rule_matches",
    ])
  })
})

test("lets one rule that denies win over any other, and the most specific of those explain", () => {
  const policy = compiled(
    { name: "any", effect: "deny" },
    { name: "this", effect: "deny", match: { tool: ["write_file"] }, description: "not today" },
    {
      name: "open",
      effect: "allow",
      match: { tool: ["write_file"], server: ["workspace"], step: ["publish"] },
    },
  )

  expect(evaluate(policy, someFacts())).toMatchObject({
    effect: "deny",
    rule: "this",
    reasons: [{ code: "denied_by_rule", message: "The rule this denies this call: not today" }],
  })
})

test("lets the most specific rule decide: tool before server, step, workflow, environment, tier and condition", () => {
  const ladder: Partial<PolicyRule>[] = [
    { name: "none" },
    { name: "when", when: "true" },
    { name: "tier", match: { tier: ["T2_IRREVERSIBLE_WRITE"] } },
    { name: "environment", match: { environment: ["prod"] } },
    { name: "workflow", match: { workflow: ["nightly-*"] } },
    { name: "workflow-exact", match: { workflow: ["nightly-report"] } },
    { name: "step", match: { step: ["publish"] } },
    { name: "server", match: { server: ["workspace"] } },
    { name: "pattern", match: { tool: ["write_*"] } },
    { name: "exact", match: { tool: ["write_file"] } },
  ]
  for (const [index, { name }] of ladder.entries()) {
    expect(evaluate(compiled(...ladder.slice(0, index + 1).reverse()), someFacts()).rule).toBe(name)
  }
})

test("takes the stricter of two equals, and the first of two that are as strict", () => {
  const equals = [
    { name: "a", effect: "allow" },
    { name: "b", effect: "require_approval" },
    { name: "c", effect: "require_approval" },
  ] as const

  expect(evaluate(compiled(...equals), someFacts()).rule).toBe("b")
})

test("takes the deciding rule's stages and the strictest of all the rest", () => {
  const policy = compiled(
    { name: "wide", effect: "tier_default", approval: { expiresInSeconds: 60, reasonRequired: true } },
    {
      name: "near",
      effect: "require_approval",
      match: { tool: ["write_file"] },
      approval: { stages: [{ group: "admins", count: 2 }], expiresInSeconds: 7_200, useWithinSeconds: 120 },
    },
  )

  expect(evaluate(policy, someFacts()).approval).toEqual({
    stages: [{ group: "admins", count: 2 }],
    expiresInSeconds: 60,
    useWithinSeconds: 120,
    isReasonRequired: true,
  })
})

const mail = someChange({
  kinds: ["message"],
  messages: 1,
  recipients: ["ana@acme.example", "eve@other.example"],
  recipientDomains: ["acme.example", "other.example"],
  firstContacts: ["eve@other.example"],
  recipientsMax: 2,
})
const record = someChange({ paths: [], fields: ["/stage", "/address/city"] })

describe("holds a call to", () => {
  test.each([
    ["allowed paths", { paths: { allow: ["src/**"] } }, {}, "path_not_allowed"],
    ["forbidden paths", { paths: { deny: ["**/*.md"] } }, {}, "path_not_allowed"],
    ["allowed fields", { patchPaths: { allow: ["/stage"] } }, { change: record }, "patch_path_not_allowed"],
    [
      "forbidden fields",
      { patchPaths: { deny: ["/address"] } },
      { change: record },
      "patch_path_not_allowed",
    ],
    [
      "forbidden fields below what changes",
      { patchPaths: { deny: ["/stage/name"] } },
      { change: record },
      "patch_path_not_allowed",
    ],
    [
      "known addresses",
      { recipients: { addresses: ["ana@acme.example"] } },
      { change: mail },
      "recipient_not_allowed",
    ],
    ["known domains", { recipients: { domains: ["acme.example"] } }, { change: mail }, "domain_not_allowed"],
    [
      "no first contacts",
      { recipients: { firstContact: "deny" } },
      { change: mail },
      "first_contact_not_allowed",
    ],
    ["so many recipients", { recipients: { perMessage: 1 } }, { change: mail }, "too_many_recipients"],
    ["a dry run", { dryRun: true }, {}, "dry_run_required"],
    [
      "configs without anchors",
      {},
      { change: someChange({ configFeatures: ["anchors"] }) },
      "ambiguous_config",
    ],
  ] as const)("%s", (_, restriction, facts, code) => {
    const found = answer(restriction, facts)
    expect(found.effect).toBe("deny")
    expect(new Set(codes(found))).toEqual(new Set([code]))
  })

  test.each([
    ["allowed paths", { paths: { allow: ["docs/**"], deny: ["**/.env"] } }, {}],
    ["allowed fields", { patchPaths: { allow: ["/stage", "/address"] } }, { change: record }],
    [
      "one list of addresses and domains",
      { recipients: { addresses: ["EVE@other.example"], domains: ["acme.example"] } },
      { change: mail },
    ],
    ["a dry run", { dryRun: true }, { isDryRun: true }],
    [
      "configs with anchors",
      { configFeatures: ["anchors"] },
      { change: someChange({ configFeatures: ["anchors"] }) },
    ],
  ] as const)("%s, and no more than that", (_, restriction, facts) => {
    expect(answer(restriction, facts)).toMatchObject({ effect: "allow", reasons: [] })
  })

  test("the restrictions of every rule that applies, whichever decides", () => {
    const policy = compiled(
      { name: "wide", effect: "tier_default", paths: { deny: ["docs/**"] } },
      { name: "near", effect: "allow", match: { tool: ["write_file"] } },
    )

    expect(evaluate(policy, someFacts())).toMatchObject({ effect: "deny", rule: "wide" })
  })

  test("as many recipients as the tenant's limits say", () => {
    const policy: PolicyDocument = { ...policyOf({}), limits: { tenant: { recipientsPerMessage: 1 } } }

    expect(codes(evaluate(compilePolicy(policy), someFacts({ change: mail })))).toEqual([
      "too_many_recipients",
    ])
  })
})

describe("what nobody said, tiers say:", () => {
  const outbound = { ...someFacts().tool, tier: "T4_IDENTITY_MONEY_OUTBOUND" } as const
  const mail = someChange({ kinds: ["message"], messages: 1, recipients: ["a@a.example"], recipientsMax: 1 })
  const listed = { recipients: { domains: ["a.example"] } }

  test.each<[string, Partial<PolicyRule>, Partial<PolicyFacts>, string[]]>([
    ["T4 is only tried", {}, {}, ["dry_run_required"]],
    ["T4 is only tried where a rule says that it is not live", { live: false }, {}, ["dry_run_required"]],
    ["T4 may be tried", {}, { isDryRun: true }, []],
    ["T4 acts where a rule says so", { live: true }, {}, []],
    ["T4 sends nothing without a list", { live: true }, { change: mail }, ["recipient_list_required"]],
    ["T4 tries no message without a list", {}, { change: mail, isDryRun: true }, ["recipient_list_required"]],
    ["a list alone is not enough", listed, { change: mail }, ["dry_run_required"]],
    ["T4 sends to those on the list", { ...listed, live: true }, { change: mail }, []],
    [
      "an empty list is one",
      { recipients: { addresses: [] }, live: true },
      { change: mail },
      ["recipient_not_allowed"],
    ],
    [
      "no count of recipients is a list",
      { recipients: { perMessage: 9 }, live: true },
      { change: mail },
      ["recipient_list_required"],
    ],
    [
      "what is live elsewhere is not here",
      { live: true, match: { tool: ["other"] } },
      {},
      ["no_rule_matches", "dry_run_required"],
    ],
    ["what may be live and must be tried is tried", { live: true, dryRun: true }, {}, ["dry_run_required"]],
  ])("%s", (_, rule, facts, expected) => {
    expect(codes(answer(rule, { tool: outbound, ...facts }))).toEqual(expected)
  })

  test("other tiers need neither", () => {
    for (const tier of tiers.filter((name) => name !== outbound.tier)) {
      expect(codes(answer({}, { tool: { ...outbound, tier }, change: mail }))).toEqual([])
    }
  })

  test("a message has at most 50 recipients, unless the policy says more", () => {
    const many = (recipientsMax: number) => ({ change: { ...mail, recipientsMax } })
    expect(codes(answer({}, many(50)))).toEqual([])
    expect(codes(answer({}, many(51)))).toEqual(["too_many_recipients"])
    const more: PolicyDocument = { ...policyOf({}), limits: { tenant: { recipientsPerMessage: 51 } } }
    expect(codes(evaluate(compilePolicy(more), someFacts(many(51))))).toEqual([])
  })

  test("100 messages a day, unless the policy says more", () => {
    expect(answer({}).limits.tenant).toEqual({ messagesPerDay: 100, recipientsPerMessage: 50 })
    const more: PolicyDocument = { ...policyOf({}), limits: { tenant: { messagesPerDay: 101 } } }
    expect(evaluate(compilePolicy(more), someFacts()).limits.tenant?.messagesPerDay).toBe(101)
  })

  test("120 calls a minute of each tool above T0 that nobody is asked about, unless the policy says more", () => {
    const held = [{ server: "workspace", tool: "write_file", perMinute: 120 }]
    expect(answer({}).limits.tools).toEqual(held)
    expect(answer({}, { tool: { ...outbound, tier: "T0_READ" } }).limits.tools).toBeUndefined()
    expect(answer({ effect: "require_approval" }).limits.tools).toBeUndefined()
    const tools = [{ server: "*", tool: "*", perMinute: 121 }]
    const more: PolicyDocument = { ...policyOf({}), limits: { tools } }
    expect(evaluate(compilePolicy(more), someFacts()).limits.tools).toEqual(tools)
    const timed: PolicyDocument = {
      ...policyOf({}),
      limits: { tools: [{ server: "*", tool: "*", timeoutSeconds: 9 }] },
    }
    expect(evaluate(compilePolicy(timed), someFacts()).limits.tools).toContainEqual(held[0])
  })
})

test("hands on dry runs, taint, what all rules let out and the limits of the tool", () => {
  const policy: PolicyDocument = {
    ...policyOf(
      { egress: ["https://a.example", "https://b.example"], taints: true },
      { match: { tool: ["write_file"] }, egress: ["https://b.example", "https://c.example"], dryRun: true },
    ),
    limits: {
      run: { writes: 3 },
      tools: [
        { server: "work*", tool: "*", perMinute: 2 },
        { server: "crm", tool: "*", perMinute: 1 },
      ],
    },
  }

  expect(evaluate(compilePolicy(policy), someFacts({ isDryRun: true }))).toMatchObject({
    effect: "allow",
    isDryRun: true,
    taints: true,
    egress: ["https://b.example"],
    limits: { run: { writes: 3 }, tools: [{ server: "work*", tool: "*", perMinute: 2 }] },
  })
})

test.each([
  ["ignore", "T2_IRREVERSIBLE_WRITE", "allow"],
  ["require_approval", "T0_READ", "allow"],
  ["require_approval", "T1_REVERSIBLE_WRITE", "require_approval"],
  ["deny", "T0_READ", "allow"],
  ["deny", "T1_REVERSIBLE_WRITE", "deny"],
] as const)("with tainted: %s a tainted run's %s call gets %s", (tainted, tier, effect) => {
  const { run, tool } = someFacts()
  const policy = compilePolicy({ ...policyOf({}), tainted })

  expect(
    evaluate(policy, someFacts({ run: { ...run, tainted: true }, tool: { ...tool, tier } })).effect,
  ).toBe(effect)
  expect(evaluate(policy, someFacts({ tool: { ...tool, tier } })).effect).toBe("allow")
})

describe("denies with the rule's name when its condition", () => {
  test.each([
    ["asks for a member that is missing", "input.nothing == 1", {}],
    ["compares what has no order", "input.path > 3", {}],
    ["gives neither true nor false", "input.path", {}],
    ["looks for the items of what has none", "input.amount.all(x, x == 1)", {}],
    ["reads a time that is none", "timestamp(input.path) < now", {}],
    [
      "runs out in a huge list",
      "input.list.exists(x, x.startsWith('z'))",
      { input: { list: Array.from({ length: 400_000 }, () => "a") } },
    ],
    [
      "runs out comparing huge lists",
      "input.a.exists(x, x == input.b)",
      { input: { a: Array.from({ length: 300 }, () => "q".repeat(200_000)), b: "q".repeat(200_000) + "r" } },
    ],
    [
      "runs out in a pattern over a huge text",
      "input.text.matches('([ab]+)+[cd]$')",
      { input: { text: "ab".repeat(200_000) } },
    ],
  ])("%s", (_, when, facts) => {
    expect(answer({ name: "odd", when }, facts)).toMatchObject({
      effect: "deny",
      rule: "odd",
      reasons: [{ code: "condition_failed", message: expect.stringContaining("odd") }],
    })
  })

  test("fails, although another rule would allow the call", () => {
    const policy = compiled({ name: "open" }, { name: "odd", when: "input.nothing" })

    expect(evaluate(policy, someFacts())).toMatchObject({ effect: "deny", rule: "odd" })
  })
})

test("denies when the facts are not what they should be", () => {
  const broken = { ...someFacts(), tool: null } as unknown as PolicyFacts

  expect(evaluate(compiled({}), broken)).toMatchObject({
    effect: "deny",
    reasons: [{ code: "policy_error" }],
  })
})

test("lists every check with its result", () => {
  const policy = compiled(
    { name: "elsewhere", match: { environment: ["dev"] } },
    { name: "unmet", when: "change.deletes > 0" },
    { name: "here", paths: { allow: ["src/**"] } },
  )

  expect(
    evaluate(policy, someFacts()).checks.map(({ check, rule, result }) => [check, rule, result]),
  ).toEqual([
    ["rule", "elsewhere", "not_applicable"],
    ["rule", "unmet", "not_applicable"],
    ["rule", "here", "pass"],
    ["paths", "here", "fail"],
  ])
})

test("says before there is a change which features a tool's configs might use", () => {
  const policy = compiled(
    { match: { tool: ["write_file"] }, configFeatures: ["anchors"], when: "change.parts == 1" },
    { match: { tool: ["other"] }, configFeatures: ["tags"] },
  )

  expect(possibleConfigFeatures(policy, "workspace", "write_file")).toEqual(new Set(["anchors"]))
})

/** What speaks against a call, by the policy; the call and the rules that say so. */
const faults = [
  ["condition_failed", { name: "a", when: "input.nothing" }],
  ["denied_by_rule", { name: "b", effect: "deny" }],
  ["path_not_allowed", { name: "c", paths: { deny: ["**"] } }],
  ["patch_path_not_allowed", { name: "d", patchPaths: { allow: [] } }],
  ["domain_not_allowed", { name: "e", recipients: { domains: [] } }],
  ["recipient_not_allowed", { name: "f", recipients: { addresses: [] } }],
  ["first_contact_not_allowed", { name: "g", recipients: { firstContact: "deny" } }],
  ["too_many_recipients", { name: "h", recipients: { perMessage: 0 } }],
  ["dry_run_required", { name: "i", dryRun: true }],
] as const satisfies readonly (readonly [string, Partial<PolicyRule>])[]

const everything = someFacts({ change: { ...mail, fields: ["/stage"] } })
const pairs = faults.flatMap((first) => faults.map((second) => [first, second] as const))

test.each(pairs.map(([[a, one], [b, other]]) => [a, b, one, other] as const))(
  "denies for %s and %s, and names both",
  (a, b, one, other) => {
    const { effect, reasons } = evaluate(
      compiled({ name: "open" }, one, { ...other, name: `${other.name}2` }),
      everything,
    )

    expect(effect).toBe("deny")
    expect(new Set(reasons.map(({ code }) => code))).toEqual(new Set([a, b]))
  },
)

const call: CallFacts = {
  tenantId: everything.tenant.tenantId,
  key: { environments: ["prod"], scopes: ["request", "execute"] },
  run: { environment: "prod", status: "open", requestedTools: null },
  call: { server: "workspace", name: "write_file", version: "1.0.0", hasChange: true },
  registered: [{ version: "1.0.0", definitionHash: "h", tier: "T2_IRREVERSIBLE_WRITE", status: "active" }],
  allowedInEnvironment: true,
  inputReasons: [],
  tenantIds: [],
}

/** What speaks against it before any policy is asked (SPEC 3.1). */
const earlier = [
  ["run_closed", { run: { ...call.run, status: "closed" } }],
  ["environment_not_allowed", { key: { ...call.key, environments: ["dev"] } }],
  ["tool_not_in_run", { run: { ...call.run, requestedTools: [] } }],
  ["tool_not_registered", { registered: [] }],
  ["tool_not_allowed", { allowedInEnvironment: false }],
  ["tenant_mismatch", { tenantIds: [{ path: "/input/tenantId", value: "ten_other" }] }],
  ["input_schema", { inputReasons: [{ code: "input_schema", message: "no" }] }],
] as const satisfies readonly (readonly [string, Partial<CallFacts>])[]

test.each(earlier.flatMap(([a, spoil]) => faults.map(([b, rule]) => [a, b, spoil, rule] as const)))(
  "denies a call with %s and %s twice over",
  (a, b, spoil, rule) => {
    const before = decideCall({ ...call, ...spoil })
    const after = evaluate(compiled({ name: "open" }, rule), everything)

    expect(before).toMatchObject({ decision: "deny" })
    expect(before.decision === "deny" && before.reasons.map(({ code }) => code)).toContain(a)
    expect(codes(after)).toContain(b)
  },
)
