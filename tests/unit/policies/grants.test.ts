import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { compilePolicy } from "@/lib/policies/compile-policy"
import { evaluate } from "@/lib/policies/evaluate"
import { withRules } from "@/lib/policies/grant-text.service"
import { compareStrictness } from "@/lib/policies/loosening"
import type { PolicyRule } from "@/lib/policies/policy"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import { readPolicy, writePolicy } from "@/lib/policies/policy-text"
import { arbitraryFacts, arbitraryPolicy } from "../../support/arbitrary-policies"
import { someChange, someFacts } from "../../support/policy-facts"

const from = "appr_01J00000000000000000000000"
const grantLines = `  - name: grant-a
    match: {server: [workspace], tool: [write_file]}
    effect: allow
    paths: {allow: ["docs/a.md"]}
    grant: {from: ${from}, ops: [update], maxUses: 5, until: 2026-12-01T00:00:00Z}
`
const asks = "version: 1\nrules: # ours\n  - name: all # asks\n    effect: require_approval\n"
const policy = `${asks}${grantLines}`
const now = Date.parse("2026-11-20T00:00:00Z")
const covered = (more: Partial<PolicyFacts> = {}): PolicyFacts => ({
  ...someFacts({
    tool: { server: "workspace", name: "write_file", version: "1", tier: "T2_IRREVERSIBLE_WRITE" },
    change: someChange({ kinds: ["file"], ops: ["update"], paths: ["docs/a.md"] }),
    run: { ...someFacts().run, tainted: false },
    now,
  }),
  ...more,
})

function documentOf(text: string) {
  const read = readPolicy(text)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.document
}

const answer = (facts: PolicyFacts, text = policy) => evaluate(compilePolicy(documentOf(text)), facts)

describe("a grant", () => {
  test("lets what it names through and says which use is taken", () => {
    expect(answer(covered())).toMatchObject({
      effect: "allow",
      rule: "grant-a",
      grant: { rule: "grant-a", from, maxUses: 5 },
      checks: expect.arrayContaining([expect.objectContaining({ check: "grant", result: "pass" })]),
    })
  })

  test("decides before a rule that is more specific, but not before one that denies", () => {
    const specific = `${policy}  - name: near\n    match: {server: [workspace], tool: [write_file], tier: [T2]}\n    when: "true"\n`
    expect(answer(covered(), `${specific}    effect: require_approval\n`).rule).toBe("grant-a")
    expect(answer(covered(), `${specific}    effect: deny\n`)).toMatchObject({ effect: "deny", rule: "near" })
  })

  test.each<readonly [string, Partial<PolicyFacts>]>([
    ["its time is up", { now: Date.parse("2026-12-01T00:00:00Z") }],
    ["its uses are spent", { spentGrants: ["grant-a"] }],
    [
      "another path is touched",
      { change: someChange({ kinds: ["file"], ops: ["update"], paths: ["docs/a.md", "b"] }) },
    ],
    [
      "something else is done",
      { change: someChange({ kinds: ["file"], ops: ["delete"], paths: ["docs/a.md"] }) },
    ],
    [
      "a part is of a kind it does not bound",
      { change: someChange({ kinds: ["file", "message"], ops: ["update"], paths: ["docs/a.md"] }) },
    ],
    ["it is a command", { change: someChange({ kinds: ["command"], ops: ["update"], paths: [] }) }],
    ["it changes nothing", { change: null }],
  ])("is not there for a call when %s", (_, facts) => {
    expect(answer(covered(facts))).toMatchObject({
      effect: "require_approval",
      rule: "all",
      grant: null,
      checks: expect.arrayContaining([expect.objectContaining({ check: "grant", result: "not_applicable" })]),
    })
  })

  test("takes no use where the run's taint asks people all the same", () => {
    const tainted = { run: { ...covered().run, tainted: true } }
    expect(answer(covered(tainted), `${policy}tainted: require_approval\n`)).toMatchObject({
      effect: "require_approval",
      grant: null,
    })
  })

  test("is read back as it is written", () => {
    const document = documentOf(policy)
    expect(documentOf(writePolicy(document))).toEqual(document)
    expect(documentOf(policy.replace("00:00:00Z}", "00:00:00.000Z}"))).toEqual(document)
  })
})

test.each([
  ["maxUses: 5", "maxUses: 0", "out_of_range", 9],
  ["maxUses: 5", "maxUses: 1001", "out_of_range", 9],
  ["2026-12-01T00:00:00Z", "2026-12-01", "wrong_value", 9],
  ["2026-12-01T00:00:00Z", "2026-13-01T00:00:00Z", "wrong_value", 9],
  ["2026-12-01T00:00:00Z", "2026-12-01T00:00:00+01:00", "wrong_value", 9],
  [from, "appr_x", "wrong_value", 9],
  ["ops: [update]", "ops: []", "out_of_range", 9],
  ["ops: [update], ", "", "missing_member", 9],
  ["effect: allow", "effect: deny", "not_in_a_grant", 7],
  ["effect: allow", "effect: allow\n    live: true", "not_in_a_grant", 8],
  ["effect: allow", 'effect: allow\n    when: "true"', "not_in_a_grant", 8],
  ["{server: [workspace], tool: [write_file]}", "{tool: [write_file]}", "not_in_a_grant", 6],
])("a grant with %s as %s is refused where it stands", (was, is, code, line) => {
  const read = readPolicy(policy.replace(was, is))
  expect(read).toMatchObject({ ok: false, problems: [expect.objectContaining({ code, line })] })
})

describe("of grants, looser is", () => {
  const changed = (was: string, is: string) =>
    compareStrictness(documentOf(policy), documentOf(policy.replace(was, is)))

  test.each([
    ["more uses", "maxUses: 5", "maxUses: 6"],
    ["more time", "2026-12-01", "2026-12-02"],
    ["another path", "docs/a.md", "docs/*"],
    ["another thing done", "[update]", "[update, delete]"],
    ["uses that are counted anew", from, from.replace(/0$/, "1")],
    ["no grant but a rule", / {4}grant: .*\n/.exec(policy)?.[0] ?? "", ""],
  ])("%s", (_, was, is) => {
    expect(changed(was, is).loosens).toHaveLength(1)
  })

  test.each([
    ["fewer uses", "maxUses: 5", "maxUses: 4"],
    ["less time", "2026-12-01", "2026-11-30"],
    ["none at all", grantLines, ""],
  ])("not %s", (_, was, is) => {
    expect(changed(was, is)).toEqual({ loosens: [], tightens: [expect.stringContaining("grant-a")] })
  })

  test("a new one", () => {
    expect(compareStrictness(documentOf(asks), documentOf(policy)).loosens).toHaveLength(1)
  })
})

const grants: fc.Arbitrary<PolicyRule> = fc
  .record({
    server: fc.constantFrom("*", "w*"),
    tool: fc.constantFrom("*", "*_*"),
    allow: fc.subarray(["docs/a.md", "docs/b.md", "src/a.ts"], { minLength: 1 }),
    addresses: fc.subarray(["ana@acme.example", "bo@acme.example"]),
    isDryRun: fc.boolean(),
  })
  .map(({ server, tool, allow, addresses, isDryRun }) => ({
    name: "grant-a",
    match: { server: [server], tool: [tool] },
    effect: "allow",
    paths: { allow },
    patchPaths: { allow: ["/a"] },
    recipients: { addresses },
    ...(isDryRun ? { dryRun: true } : {}),
    grant: { from, ops: ["update"], maxUses: 1, until: "2026-12-01T00:00:00Z" },
  }))

const effects = ["allow", "require_approval", "deny"]

test("a grant never makes an answer stricter, and its end never makes one less strict", () => {
  let granted = 0
  fc.assert(
    fc.property(
      arbitraryPolicy,
      grants,
      arbitraryFacts,
      fc.constantFrom("file" as const, "message" as const),
      (before, rule, facts, kind) => {
        const after = { ...before, rules: [...before.rules, rule] }
        const named = {
          paths: rule.paths?.allow ?? [],
          recipients: rule.recipients?.addresses ?? [],
          fields: ["/a"],
        }
        const change = someChange({ ...named, kinds: [kind], ops: ["update"] })
        const asked = { ...facts, change, now }
        const [without, withIt] = [before, after].map((document) => evaluate(compilePolicy(document), asked))
        if (withIt?.rule === "grant-a") granted += 1
        expect(effects.indexOf(withIt?.effect ?? "")).toBeLessThanOrEqual(
          effects.indexOf(without?.effect ?? ""),
        )
        expect(compareStrictness(after, before).loosens).toEqual([])
      },
    ),
    { numRuns: 300 },
  )
  expect(granted).toBeGreaterThan(10)
}, 20_000)

test("its rule comes into a text and goes again, and everything else in it stays", () => {
  const before = { document: documentOf(asks), text: asks }
  const after = withRules(before, documentOf(policy).rules)
  expect(after.document).toEqual(documentOf(after.text))
  expect(after.text).toMatch(/# ours\n.*name: all # asks\n/)

  const again = withRules(after, before.document.rules)
  expect(again.document).toEqual(before.document)
  expect(again.text).not.toContain("grant")
  expect(again.text).toContain("# asks")
  const anchored = withRules(
    { document: before.document, text: "version: 1\nrules: &a []\n" },
    before.document.rules,
  )
  expect(anchored.text).toBe(writePolicy(before.document))
})
