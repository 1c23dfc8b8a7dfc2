import { describe, expect, test } from "vitest"
import { stagesOf } from "@/lib/policies/approval-of"
import { compilePolicy } from "@/lib/policies/compile-policy"
import { possibleConfigFeatures } from "@/lib/policies/config-features"
import { evaluate } from "@/lib/policies/evaluate"
import {
  builtInPolicy,
  type ApproverGroup,
  type PolicyDocument,
  type PolicyRule,
  type Stage,
} from "@/lib/policies/policy"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import { tiers, type Tier } from "@/lib/tools/tool"
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
      isUseWithinSaid: false,
      isReasonRequired: false,
      isStepUpRequired: false,
      isSelfReviewAllowed: false,
      carryOverSeconds: null,
    })
  }
})

test("takes the deciding rule's stages and the strictest of all the rest", () => {
  const policy = compiled(
    {
      name: "wide",
      effect: "tier_default",
      approval: { expiresInSeconds: 60, reasonRequired: true, stepUp: true },
    },
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
    isUseWithinSaid: true,
    isReasonRequired: true,
    isStepUpRequired: true,
    isSelfReviewAllowed: false,
    carryOverSeconds: null,
  })
})

test("asks for any of several ways, and says up to T2 that who is alone may decide their own", () => {
  const policy = compilePolicy({
    ...policyOf({
      name: "all",
      effect: "require_approval",
      live: true,
      approval: { anyOf: [{ stages: [{ group: "owners", count: 1 }] }, { stages: [twoOf("reviewers")] }] },
    }),
    selfReview: true,
  })
  const asked = (tier: Tier) => evaluate(policy, someFacts({ tool: { ...someFacts().tool, tier } })).approval

  const approval = asked("T2_IRREVERSIBLE_WRITE")
  expect(approval === null ? null : stagesOf(approval)).toEqual([
    { group: "owners", count: 1, alternative: 1, selfReview: true },
    { group: "reviewers", count: 2, alternative: 2, selfReview: true },
  ])
  expect(asked("T3_EXECUTE")?.isSelfReviewAllowed).toBe(false)
  expect(asked("T4_IDENTITY_MONEY_OUTBOUND")?.isSelfReviewAllowed).toBe(false)
})

function twoOf(group: ApproverGroup): Stage {
  return { group, count: 2 }
}

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
