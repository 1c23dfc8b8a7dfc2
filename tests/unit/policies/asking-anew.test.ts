import { expect, test } from "vitest"
import { compareStrictness } from "@/lib/policies/loosening"
import type { PolicyRule } from "@/lib/policies/policy"
import { policyOf } from "../../support/policy-facts"

const twoAdmins = { stages: [{ group: "admins" as const, count: 2 }] }
const reads = { name: "reads", match: { tool: ["read"] } }
const allowed: PolicyRule = { ...reads, effect: "allow" }

test.each<[string, PolicyRule, PolicyRule, readonly PolicyRule[]]>([
  [
    "where a less specific rule asks more people",
    allowed,
    { ...reads, effect: "require_approval" },
    [{ name: "all", effect: "require_approval", approval: twoAdmins }],
  ],
  [
    "where a rule about other tools asks more people",
    allowed,
    { ...reads, effect: "require_approval" },
    [{ name: "writes", match: { tool: ["write"] }, effect: "require_approval", approval: twoAdmins }],
  ],
  [
    "where an equal one that asks more people still decides",
    allowed,
    { ...reads, effect: "tier_default" },
    [{ ...reads, name: "equal", effect: "require_approval", approval: twoAdmins }],
  ],
  [
    "with a longer time than by default, where nothing else could have asked",
    allowed,
    {
      ...reads,
      effect: "require_approval",
      approval: { expiresInSeconds: 86_400, useWithinSeconds: 3_600 },
    },
    [{ name: "all", effect: "tier_default" }],
  ],
])("asking people instead of nobody is tightening %s", (_, old, next, others) => {
  const found = compareStrictness(policyOf(...others, old), policyOf(...others, next))
  expect(found.loosens).toEqual([])
  expect(found.tightens).toHaveLength(1)
  expect(compareStrictness(policyOf(...others, next), policyOf(...others, old)).loosens).not.toEqual([])
})

test.each<[string, PolicyRule, readonly PolicyRule[]]>([
  [
    "an equal one that asks more people comes after it",
    { ...reads, effect: "require_approval" },
    [{ ...reads, name: "equal", effect: "require_approval", approval: twoAdmins }],
  ],
  [
    "one that may be as specific asks more people",
    { ...reads, effect: "require_approval" },
    [{ name: "like", match: { tool: ["read", "re*"] }, effect: "require_approval", approval: twoAdmins }],
  ],
  [
    "a more specific one asks, for which its longer time would hold",
    {
      ...reads,
      effect: "require_approval",
      approval: { expiresInSeconds: 86_400 },
    },
    [{ name: "prod", match: { tool: ["read"], environment: ["prod"] }, effect: "require_approval" }],
  ],
])("asking people instead of nobody may loosen where %s", (_, next, others) => {
  expect(compareStrictness(policyOf(allowed, ...others), policyOf(next, ...others)).loosens).toHaveLength(1)
})
