import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { compilePolicy } from "@/lib/policies/compile-policy"
import { evaluate } from "@/lib/policies/evaluate"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import { readPolicy } from "@/lib/policies/policy-text"
import { someChange, someFacts } from "../../support/policy-facts"

const guide = readFileSync("docs/guides/policies.md", "utf8")
const examples = [...guide.matchAll(/(?:^\*\*(.+?)\.\*\*[^]*?)?```yaml\n([^]*?)```/gm)].map(
  ([, name = "The built-in policy", text = ""]) => [name, text] as const,
)

test("the guide has thirteen worked examples", () => {
  expect(examples).toHaveLength(13)
})

test.each(examples)("%s: what the guide shows can be published", (_, text) => {
  expect(readPolicy(text)).toMatchObject({ ok: true })
})

function answerOf(example: string, facts: PolicyFacts) {
  const read = readPolicy(examples.find(([name]) => name === example)?.[1] ?? "")
  if (!read.ok) throw new Error(`There is no example ${example}.`)
  const { effect, rule } = evaluate(compilePolicy(read.document), facts)
  return [effect, rule]
}

const { tool, run } = someFacts()
const toolNamed = (server: string, name: string) => ({ tool: { ...tool, server, name } })
const price = (before: number, after: number) =>
  someFacts({
    ...toolNamed("shop", "set_price"),
    change: someChange({ paths: [], amounts: [{ path: "/price", before, after }] }),
  })
const at = (day: number, hour: number) => someFacts({ now: Date.UTC(2026, 1, day, hour) })

describe("the examples do what the guide says", () => {
  test.each([
    ["Small edits of documents", someFacts(), ["allow", "small-edits"]],
    [
      "Small edits of documents",
      someFacts({ change: someChange({ deletes: 1 }) }),
      ["require_approval", "tier-defaults"],
    ],
    [
      "Small edits of documents",
      someFacts({ change: someChange({ paths: ["a/.env"] }) }),
      ["deny", "tier-defaults"],
    ],
    ["Money", price(100, 105), ["allow", "small-steps"]],
    ["Money", price(100, 150), ["require_approval", "prices"]],
    ["Money", price(9_950, 10_001), ["deny", "too-much"]],
    ["Office hours", at(2, 10), ["require_approval", "tier-defaults"]],
    ["Office hours", at(2, 16), ["deny", "closed"]],
    ["Office hours", at(1, 10), ["deny", "closed"]],
    [
      "Untrusted reading",
      someFacts({ run: { ...run, tainted: true }, tool: { ...tool, tier: "T1_REVERSIBLE_WRITE" } }),
      ["require_approval", "tier-defaults"],
    ],
    [
      "Mail",
      someFacts({
        ...toolNamed("mail", "send_message"),
        change: someChange({
          paths: [],
          messages: 1,
          recipients: ["a@acme.example"],
          firstContacts: ["a@acme.example"],
        }),
      }),
      ["require_approval", "somebody-new"],
    ],
  ])("%s %#", (example, facts, expected) => {
    expect(answerOf(example, facts)).toEqual(expected)
  })
})
