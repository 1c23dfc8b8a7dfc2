import { describe, expect, test } from "vitest"
import { compilePolicy } from "@/lib/policies/compile-policy"
import { evaluate } from "@/lib/policies/evaluate"
import type { PolicyDocument, PolicyRule } from "@/lib/policies/policy"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import { tiers } from "@/lib/tools/tool"
import { compiled, policyOf, someChange, someFacts } from "../../support/policy-facts"

const answer = (rule: Partial<PolicyRule>, facts: Partial<PolicyFacts> = {}) =>
  evaluate(compiled(rule), someFacts(facts))
const codes = ({ reasons }: ReturnType<typeof evaluate>) => reasons.map(({ code }) => code)

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
