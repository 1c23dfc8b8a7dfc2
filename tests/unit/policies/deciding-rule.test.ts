import { describe, expect, test } from "vitest"
import { evaluate } from "@/lib/policies/evaluate"
import type { PolicyRule } from "@/lib/policies/policy"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import { compiled, someFacts } from "../../support/policy-facts"

const answer = (rule: Partial<PolicyRule>, facts: Partial<PolicyFacts> = {}) =>
  evaluate(compiled(rule), someFacts(facts))
const codes = ({ reasons }: ReturnType<typeof evaluate>) => reasons.map(({ code }) => code)

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
