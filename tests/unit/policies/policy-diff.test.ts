import { expect, test } from "vitest"
import { diffPolicies } from "@/lib/policies/policy-diff"

const policy = (...names: readonly string[]) => ({
  version: 1,
  rules: names.map((name) => ({ name, effect: "deny" })),
})

test("a rule that goes and one that comes at the end are a field each, and the order is none", () => {
  expect(diffPolicies(policy("a", "b"), policy("b", "c"))).toEqual([
    { op: "remove", path: "/rules/a", from: '{"effect":"deny"}', to: null },
    { op: "add", path: "/rules/c", from: null, to: '{"effect":"deny"}' },
  ])
})

test.each([
  ["two rules that change places", ["a", "b"], ["b", "a"], 1],
  ["a rule that comes before the others", ["a", "b"], ["c", "a", "b"], 2],
] as const)("%s are seen in one field with the order", (_, before, after, fields) => {
  const diff = diffPolicies(policy(...before), policy(...after))
  expect(diff).toHaveLength(fields)
  expect(diff[0]).toEqual({
    op: "replace",
    path: "/order",
    from: `"${before.join(" > ")}"`,
    to: `"${after.join(" > ")}"`,
  })
})

test("the same policy differs in nothing, and one that cannot be read in all of it", () => {
  expect(diffPolicies(policy("a", "b"), policy("a", "b"))).toEqual([])
  expect(diffPolicies(null, policy("a"))).toMatchObject([{ op: "replace", path: "", from: "null" }])
})
