import { Environment } from "@marcbachmann/cel-js"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { compileCondition, variablesOf } from "@/lib/policies/condition"
import { someChange, someFacts } from "../../support/policy-facts"

const facts = someFacts({
  input: {
    text: "Ärger 😀",
    list: [1, 2, 3],
    nested: { a: { b: true } },
    none: null,
    time: "2026-01-31T10:30:00+01:00",
  },
  change: someChange({
    amounts: [{ path: "/price", before: 10, after: 12.5 }],
    paths: ["docs/a.md", "docs/b.md"],
  }),
})

function ask(when: string, steps = 100_000): boolean {
  return compileCondition(when).test(variablesOf(facts), { left: steps })
}

describe("is true", () => {
  test.each([
    "size(input.text) == 7 && input.text.size() == 7 && size(input.list) == 3 && size(input.nested) == 1",
    'input.text.startsWith("Ä") && input.text.endsWith("😀") && input.text.contains("ger")',
    '"MiX".lowerAscii() == "mix" && "MiX".upperAscii() == "MIX" && " a ".trim() == "a"',
    'tool.name.matches("^write_[a-z]+$") && !tool.name.matches("^file")',
    'input.list[0] == 1 && input.list[2] - 1 == 2 && input.nested.a.b && input["none"] == null',
    '2 in input.list && !(4 in input.list) && "a" in input.nested && tool.tier in ["T2_IRREVERSIBLE_WRITE"]',
    "input.list == [1, 2, 3] && input.list != [1, 2] && [1] + [2] == [1, 2]",
    "input.list.all(x, x > 0) && input.list.exists(x, x == 2) && input.list.exists_one(x, x > 2)",
    'size(input.list.filter(x, x >= 2)) == 2 && input.nested.all(name, name == "a")',
    'change.amounts.all(a, a.after <= a.before * 1.25) && change.amounts[0].path == "/price"',
    "has(input.nested.a) && !has(input.nested.c) && has(change.paths)",
    'int("12") == 12 && int(12.7) == 12 && double("1.5") == 1.5 && string(3) == "3" && -change.parts == -1',
    "now.getFullYear() == 2026 && now.getMonth() == 0 && now.getDate() == 31 && now.getDayOfWeek() == 6",
    'now.getHours() == 9 && now.getMinutes() == 30 && now.getSeconds() == 0 && now.getHours("Asia/Tokyo") == 18',
    'timestamp(input.time) == now && timestamp("2026-01-31T09:29:59Z") < now && timestamp(0) < now',
    'now - run.openedAt == duration("1h30m") && (now - run.openedAt).getMinutes() == 90',
    'run.openedAt + duration("2h") > now && now - duration("2h") < run.openedAt && duration("-1s") < duration("1s")',
    'run.model == "" && run.step == "publish" && tenant.name == "Acme" && run.environment == "prod"',
    "true || input.nothing && true",
    "input.nothing || true",
    "!(input.nothing && false)",
    "input.list.exists(x, x == 3 || x.nothing)",
    '(change.parts > 5 ? "many" : "few") == "few"',
    '1 < 1.5 && "1" != input.list[0] && change.updates >= 1 && "b" > "a" && "a" + "b" == "ab"',
    'change.paths.all(input, input.startsWith("docs/"))',
  ])("%s", (when) => {
    expect(ask(when)).toBe(true)
  })
})

describe("cannot be asked", () => {
  test.each([
    ["input.list[3] == 1", "condition_member"],
    ["input.list[-1] == 1", "condition_member"],
    ["input.list[0.5] == 1", "condition_member"],
    ["input.toString == 1", "condition_member"],
    ["input.nested.constructor == 1", "condition_member"],
    ["input.text < 3", "condition_type"],
    ["input.text + 3 == 4", "condition_type"],
    ["input.nested.a", "condition_type"],
    ["!input.none", "condition_type"],
    ["input.none || false", "condition_type"],
    ["input.list.exists(x, x.nothing)", "condition_member"],
    ["input.list.exists_one(x, x.nothing)", "condition_member"],
    ["size(input.none) == 0", "condition_type"],
    ["int(input.text) == 1", "condition_type"],
    ["1e308 * 1e308 > 0.0", "unsupported_expression"],
    ['duration(input.text) > duration("1s")', "condition_type"],
  ])("%s", (when, code) => {
    expect(() => ask(when)).toThrow(expect.objectContaining({ code }))
  })

  test("with fewer steps than it takes, whatever is around it", () => {
    expect(() => ask("true || input.list.all(x, x > 0)", 5)).toThrow(
      expect.objectContaining({ code: "condition_too_costly" }),
    )
    expect(() => ask("input.list.all(x, x > 0) || true", 20)).toThrow(
      expect.objectContaining({ code: "condition_too_costly" }),
    )
  })
})

/** Conditions over a few facts of every kind; many make no sense, which must come out the same too. */
const { expression } = fc.letrec<{ expression: string; term: string; list: string }>((tie) => ({
  list: fc.constantFrom("input.numbers", "input.texts", "[1.0, 2.0]", "input.none"),
  term: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom(
      "1.0",
      "2.0",
      "'a'",
      "'ab'",
      "true",
      "false",
      "null",
      "input.n",
      "input.s",
      "input.b",
      "input.missing",
      "input.o.k",
    ),
    fc
      .tuple(tie("term"), fc.constantFrom("+", "-", "*"), tie("term"))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie("list").map((list) => `double(size(${list}))`),
    tie("list").map((list) => `${list}[0]`),
  ),
  expression: fc.oneof(
    { maxDepth: 4 },
    fc
      .tuple(tie("term"), fc.constantFrom("==", "!=", "<", "<=", ">", ">="), tie("term"))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc
      .tuple(tie("expression"), fc.constantFrom("&&", "||"), tie("expression"))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie("expression").map((a) => `!${a}`),
    fc
      .tuple(tie("expression"), tie("expression"), tie("expression"))
      .map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(tie("term"), tie("list")).map(([a, list]) => `(${a} in ${list})`),
    fc
      .tuple(
        tie("list"),
        fc.constantFrom("all", "exists", "exists_one"),
        fc.constantFrom("x > 1.0", "x == 'a'", "x != input.n"),
      )
      .map(([list, macro, body]) => `${list}.${macro}(x, ${body})`),
    fc
      .tuple(fc.constantFrom("startsWith", "endsWith", "contains"), tie("term"), tie("term"))
      .map(([name, a, b]) => `${a}.${name}(${b})`),
    fc.constantFrom("has(input.n)", "has(input.missing)"),
  ),
}))

test(
  "answers as the library does wherever it answers, and never where it does not",
  { timeout: 60_000 },
  () => {
    const library = new Environment({ homogeneousAggregateLiterals: false }).registerVariable("input", "dyn")
    const input = { n: 1, s: "a", b: true, none: null, o: { k: 2 }, numbers: [1, 2], texts: ["a", "ab"] }
    const variables = variablesOf(someFacts({ input }))
    let answered = 0

    fc.assert(
      fc.property(expression, (when) => {
        const theirs = attempt(() => {
          const parsed = library.parse(when)
          if (!parsed.check().valid) throw new Error("It does not check.")
          return parsed({ input }) as unknown
        })
        const ours = attempt(() => compileCondition(when).test(variables, { left: 100_000 }))

        if (typeof theirs === "boolean") answered++
        expect(ours, when).toBe(typeof theirs === "boolean" ? theirs : undefined)
      }),
      { numRuns: 3_000 },
    )

    expect(answered).toBeGreaterThan(300)
  },
)

function attempt<Value>(run: () => Value): Value | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
