import { expect, test } from "vitest"
import { grantOf, grantSentence } from "@/lib/grants/grant-of-decision"
import type { ChangeFacts } from "@/lib/policies/policy-facts"
import { compilePolicy } from "@/lib/policies/compile-policy"
import { evaluate } from "@/lib/policies/evaluate"
import type { Tier } from "@/lib/tools/tool"
import { someChange, someFacts } from "../../support/policy-facts"

const now = Date.parse("2026-11-20T00:00:00Z")
const wish = {
  name: "grant-a",
  from: "appr_01J00000000000000000000000",
  maxUses: 3,
  until: now + 60_000,
  now,
}
const tool = (tier: Tier) => ({ server: "s", name: "t", version: "1", tier })
const facts = (change: Partial<ChangeFacts>, tier: Tier = "T2_IRREVERSIBLE_WRITE") =>
  someFacts({ change: someChange(change), tool: tool(tier), now })
const code = (work: () => unknown) => {
  try {
    return work()
  } catch (error) {
    return (error as { code: string }).code
  }
}

test.each<readonly [string, Partial<ChangeFacts>, object, string]>([
  [
    "a file",
    { kinds: ["file"], ops: ["update"], paths: ["a.md"] },
    { paths: { allow: ["a.md"] } },
    "update the paths a.md",
  ],
  [
    "a record",
    { kinds: ["record"], ops: ["update"], fields: ["/a"] },
    { patchPaths: { allow: ["/a"] } },
    "update the fields /a",
  ],
  [
    "a message",
    { kinds: ["message"], ops: ["send"], recipients: ["a@b.example"] },
    { recipients: { addresses: ["a@b.example"] } },
    "send messages to a@b.example",
  ],
])(
  "a grant of the decision on %s names exactly what was decided, and is about it",
  (_, change, bounds, words) => {
    const rule = grantOf(facts(change), wish)
    expect(rule).toMatchObject({
      ...bounds,
      effect: "allow",
      grant: { maxUses: 3, until: "2026-11-20T00:01:00Z" },
    })
    expect(grantSentence(rule)).toContain(`s/t may ${words} in `)
    expect(evaluate(compilePolicy({ version: 1, rules: [rule] }), facts(change)).rule).toBe("grant-a")
  },
)

test.each<readonly [string, Partial<ChangeFacts>, Tier]>([
  ["a command", { kinds: ["command"], ops: ["execute"] }, "T3_EXECUTE"],
  ["a plain call", { kinds: ["call"], ops: ["call"] }, "T2_IRREVERSIBLE_WRITE"],
  ["a message with a call", { kinds: ["message", "call"], ops: ["send", "call"] }, "T2_IRREVERSIBLE_WRITE"],
  [
    "money in a record",
    { kinds: ["record"], ops: ["update"], fields: ["/amount"] },
    "T4_IDENTITY_MONEY_OUTBOUND",
  ],
  ["a path with a *", { kinds: ["file"], ops: ["update"], paths: ["a*.md"] }, "T2_IRREVERSIBLE_WRITE"],
])("no grant is made of a decision on %s", (_, change, tier) => {
  expect(code(() => grantOf(facts(change, tier), wish))).toBe("not_grantable")
})

test("a grant at tier T4 holds for exactly the same recipients", () => {
  const sent = { kinds: ["message"], ops: ["send"], recipients: ["a@b.example"], messages: 1 } as const
  const rule = grantOf(facts(sent, "T4_IDENTITY_MONEY_OUTBOUND"), wish)
  const live = {
    name: "live",
    effect: "require_approval",
    live: true,
    recipients: { domains: ["b.example"] },
  } as const
  const policy = compilePolicy({ version: 1, rules: [live, rule] })
  const answer = (recipients: string[]) =>
    evaluate(policy, facts({ ...sent, recipients }, "T4_IDENTITY_MONEY_OUTBOUND")).effect
  expect([answer(["a@b.example"]), answer(["c@b.example"])]).toEqual(["allow", "require_approval"])
})
