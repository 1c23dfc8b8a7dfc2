import fc from "fast-check"
import { expect, test } from "vitest"
import { compilePolicy } from "@/lib/policies/compile-policy"
import { evaluate } from "@/lib/policies/evaluate"
import { compareStrictness } from "@/lib/policies/loosening"
import type { PolicyDocument, PolicyRule, Stage } from "@/lib/policies/policy"
import type { PolicyAnswer } from "@/lib/policies/policy-answer"
import { arbitraryFacts, arbitraryPolicy, arbitraryRule } from "../../support/arbitrary-policies"
import { policyOf } from "../../support/policy-facts"

/** Edits that people make, many of which only tighten: two policies made apart would nearly never compare. */
const edit: fc.Arbitrary<(policy: PolicyDocument) => PolicyDocument> = fc.oneof(
  fc.record({ rule: arbitraryRule, name: fc.constantFrom("new-1", "new-2"), at: fc.nat(5) }).map(
    ({ rule, name, at }) =>
      (policy: PolicyDocument) =>
        policy.rules.some((known) => known.name === name)
          ? policy
          : { ...policy, rules: policy.rules.toSpliced(at, 0, { name, ...rule }) },
  ),
  fc.nat(5).map((at) => (policy: PolicyDocument) => ({ ...policy, rules: policy.rules.toSpliced(at, 1) })),
  fc
    .record({ at: fc.nat(4), rule: arbitraryRule, member: fc.constantFrom(...members()) })
    .map(({ at, rule, member }) => (policy: PolicyDocument) => ({
      ...policy,
      rules: policy.rules.map((known, index) => (index === at ? withMember(known, rule, member) : known)),
    })),
  fc
    .constantFrom("ignore" as const, "require_approval" as const, "deny" as const)
    .map((tainted) => (policy: PolicyDocument) => ({ ...policy, tainted })),
  fc.nat(3).map((most) => (policy: PolicyDocument) => ({
    ...policy,
    limits: { tenant: { recipientsPerMessage: most } },
  })),
  fc.boolean().map((selfReview) => (policy: PolicyDocument) => ({ ...policy, selfReview })),
  fc.constant((policy: PolicyDocument) => ({ ...policy, rules: policy.rules.toReversed() })),
  fc.constant((policy: PolicyDocument) => ({
    ...policy,
    rules: [
      ...policy.rules.filter(({ name }) => name !== "all"),
      { name: "all", effect: "tier_default" as const },
    ],
  })),
)

function members(): (keyof PolicyRule)[] {
  return [
    "effect",
    "match",
    "when",
    "approval",
    "paths",
    "patchPaths",
    "recipients",
    "configFeatures",
    "commands",
    "egress",
    "dryRun",
    "live",
    "taints",
  ]
}

function withMember(known: PolicyRule, from: Omit<PolicyRule, "name">, member: keyof PolicyRule): PolicyRule {
  const { [member]: _, ...rest } = known
  const value = (from as PolicyRule)[member]
  const changed = { ...rest, ...(value === undefined ? {} : { [member]: value }) } as PolicyRule
  const { approval: _approval, ...unasked } = changed
  const { commands: _commands, ...unnamed } = changed
  if (changed.effect === "tier_default") return changed
  if (changed.effect === "require_approval") return unnamed
  const { commands: __commands, ...neither } = unasked
  return neither
}

const strictness = { allow: 0, require_approval: 1, deny: 2 } as const

/** Whether an answer gives way nowhere that another one held. */
function isAtLeast(next: PolicyAnswer, old: PolicyAnswer): boolean {
  if (next.effect === "deny") return true
  if (strictness[next.effect] < strictness[old.effect]) return false
  const asked =
    old.approval === null ||
    (next.approval !== null &&
      isOnlyFilledWith(next.approval.stages, old.approval.stages) &&
      (old.approval.isSelfReviewAllowed || !next.approval.isSelfReviewAllowed) &&
      next.approval.expiresInSeconds <= old.approval.expiresInSeconds &&
      next.approval.useWithinSeconds <= old.approval.useWithinSeconds &&
      (next.approval.isReasonRequired || !old.approval.isReasonRequired) &&
      (next.approval.isStepUpRequired || !old.approval.isStepUpRequired))
  return (
    asked &&
    (next.isDryRun || !old.isDryRun) &&
    (next.taints || !old.taints) &&
    next.egress.every((origin) => old.egress.includes(origin))
  )
}

type Stages = NonNullable<PolicyAnswer["approval"]>["stages"]

/** Whether whatever people fill the next stages fill the old ones too: tried with every crowd. */
function isOnlyFilledWith(next: Stages, old: Stages): boolean {
  const most = [0, 1, 2, 3, 4]
  return most.every((owners) =>
    most.every((admins) =>
      most.every((reviewers) => {
        const crowd = { owners, admins, reviewers }
        return !isFilled(next, crowd) || isFilled(old, crowd)
      }),
    ),
  )
}

type Crowd = Readonly<Record<"owners" | "admins" | "reviewers", number>>

/** Each place of a stage is taken by the least of those who may take it. */
function isFilled(stages: Stages, crowd: Crowd): boolean {
  const ways = new Set(stages.map(({ alternative }) => alternative))
  return [...ways].some((way) => {
    const left = { ...crowd }
    const places = stages.flatMap(({ group, count, alternative }) =>
      alternative === way ? Array<keyof Crowd>(count).fill(group) : [],
    )
    return places
      .sort((a, b) => mayStandIn[a].length - mayStandIn[b].length)
      .every((group) => {
        const taken = mayStandIn[group].find((one) => left[one] > 0)
        if (taken === undefined) return false
        left[taken] -= 1
        return true
      })
  })
}

const mayStandIn = {
  owners: ["owners"],
  admins: ["admins", "owners"],
  reviewers: ["reviewers", "admins", "owners"],
} as const

test("finds no loosening only where no call gets a less strict answer", { timeout: 60_000 }, () => {
  let compared = 0
  fc.assert(
    fc.property(
      arbitraryPolicy,
      fc.array(edit, { minLength: 1, maxLength: 3 }),
      fc.array(arbitraryFacts, { minLength: 12, maxLength: 12 }),
      (first, edits, calls) => {
        const [setUp, ...others] = edits
        const before = setUp === undefined ? first : setUp(first)
        const after = others.reduce((policy, change) => change(policy), before)
        if (compareStrictness(before, after).loosens.length > 0) return

        if (before !== after) compared++
        const [old, next] = [compilePolicy(before), compilePolicy(after)]
        for (const facts of calls) {
          const answers = { old: evaluate(old, facts), next: evaluate(next, facts) }
          expect(
            isAtLeast(answers.next, answers.old),
            JSON.stringify({ before, after, facts, answers }),
          ).toBe(true)
        }
      },
    ),
    { numRuns: 2_500 },
  )

  expect(compared).toBeGreaterThan(200)
})

test("finds nothing between a policy and itself", () => {
  fc.assert(
    fc.property(arbitraryPolicy, (policy) => {
      expect(compareStrictness(policy, structuredClone(policy))).toEqual({ loosens: [], tightens: [] })
    }),
  )
})

const gitStatus = { name: "git-status", argv: ["git", "status", { oneOf: ["--short", "--long"] }] }
const base = policyOf({ name: "all", effect: "tier_default" })
const withRule = (rule: Partial<PolicyRule>) =>
  policyOf({ name: "all", effect: "tier_default" }, { name: "extra", ...rule })
const forEach = (pendingApprovals: number) => ({ ...base, limits: { reviewer: { pendingApprovals } } })
const owner: Stage = { group: "owners", count: 1 }
const twoReviewers: Stage = { group: "reviewers", count: 2 }
const anyOf = (...ways: readonly Stage[][]) => ({
  effect: "require_approval" as const,
  approval: { anyOf: ways.map((stages) => ({ stages })) },
})

test.each([
  ["a new rule that denies", base, withRule({ effect: "deny", match: { tool: ["drop_*"] } })],
  ["a new rule that asks people", base, withRule({ effect: "require_approval", match: { server: ["crm"] } })],
  ["a plain allowance that goes", withRule({ effect: "allow", match: { tool: ["a"] } }), base],
  [
    "more people",
    withRule({ effect: "require_approval" }),
    withRule({ effect: "require_approval", approval: { stages: [{ group: "admins", count: 2 }] } }),
  ],
  ["fewer paths", withRule({ paths: { allow: ["a/**", "b/**"] } }), withRule({ paths: { allow: ["a/**"] } })],
  ["more forbidden paths", withRule({ paths: { deny: ["a"] } }), withRule({ paths: { deny: ["a", "b"] } })],
  [
    "a denial that is wider",
    withRule({ effect: "deny", match: { tool: ["a"] } }),
    withRule({ effect: "deny", match: { tool: ["a", "b"] } }),
  ],
  ["a rule that no longer acts for real", withRule({ live: true }), withRule({})],
  [
    "a shorter list of recipients",
    withRule({ recipients: { domains: ["a.example", "b.example"] } }),
    withRule({ recipients: { domains: ["a.example"] } }),
  ],
  [
    "a list of recipients in a rule that is about nothing that sends",
    withRule({ match: { tier: ["T2_IRREVERSIBLE_WRITE"] } }),
    withRule({ match: { tier: ["T2_IRREVERSIBLE_WRITE"] }, recipients: { domains: [] } }),
  ],
  [
    "fewer messages than by default",
    { ...base, limits: { tenant: { messagesPerDay: 100 } } },
    { ...base, limits: { tenant: { messagesPerDay: 99 } } },
  ],
  [
    "fewer calls a minute than by default",
    { ...base, limits: { tools: [{ server: "*", tool: "*", perMinute: 120 }] } },
    { ...base, limits: { tools: [{ server: "*", tool: "*", perMinute: 119 }] } },
  ],
  [
    "one command less",
    withRule({ effect: "tier_default", commands: [gitStatus, { name: "date", argv: ["date"] }] }),
    withRule({ effect: "tier_default", commands: [gitStatus] }),
  ],
  [
    "a smaller change",
    { ...base, limits: { change: { parts: 9 } } },
    { ...base, limits: { change: { parts: 8 } } },
  ],
  ["a stricter word on taint", base, { ...base, tainted: "deny" as const }],
  ["self-review no longer", { ...base, selfReview: true }, base],
  ["one way less to decide", withRule(anyOf([owner], [twoReviewers])), withRule(anyOf([owner], [owner]))],
  [
    "both instead of either",
    withRule(anyOf([owner], [twoReviewers])),
    withRule({ effect: "require_approval", approval: { stages: [owner, twoReviewers] } }),
  ],
  ["fewer approvals for each reviewer", forEach(9), forEach(8)],
  ["a first limit for each reviewer", base, forEach(9_999)],
  ["a lower limit", { ...base, limits: { run: { writes: 9 } } }, { ...base, limits: { run: { writes: 8 } } }],
])("calls %s tightening", (_, before, after) => {
  const found = compareStrictness(before, after)

  expect(found.loosens).toEqual([])
  expect(found.tightens.length).toBeGreaterThan(0)
  expect(compareStrictness(after, before).loosens.length).toBeGreaterThan(0)
})

test.each([
  [
    "another way to decide",
    withRule({ effect: "require_approval", approval: { stages: [owner] } }),
    withRule(anyOf([owner], [twoReviewers])),
  ],
  ["more messages than by default", base, { ...base, limits: { tenant: { messagesPerDay: 101 } } }],
  ["more recipients than by default", base, { ...base, limits: { tenant: { recipientsPerMessage: 51 } } }],
  [
    "more calls a minute than by default",
    base,
    { ...base, limits: { tools: [{ server: "*", tool: "*", perMinute: 121 }] } },
  ],
  [
    "the first list of recipients, without which T4 sends nothing",
    withRule({}),
    withRule({ recipients: { domains: ["a.example"] } }),
  ],
  [
    "one more choice of a command",
    withRule({ effect: "tier_default", commands: [gitStatus] }),
    withRule({
      effect: "tier_default",
      commands: [{ ...gitStatus, argv: ["git", "status", { oneOf: ["--short", "--long", "-z"] }] }],
    }),
  ],
  [
    "a command without its folder",
    withRule({ effect: "tier_default", commands: [{ ...gitStatus, cwd: "/site" }] }),
    withRule({ effect: "tier_default", commands: [gitStatus] }),
  ],
])("calls %s loosening", (_, before, after) => {
  expect(compareStrictness(before, after).loosens).toHaveLength(1)
})

test("says in words which rule loosens what", () => {
  const before = withRule({ name: "mail", effect: "deny", match: { tool: ["send"] } })
  const after = withRule({ name: "mail", effect: "allow", match: { tool: ["send"] } })

  expect(compareStrictness(before, after).loosens).toEqual([
    "The rule mail no longer denies: it is now allowing calls.",
  ])
})
