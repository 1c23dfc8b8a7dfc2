import { describe, expect, test } from "vitest"
import { evaluate } from "@/lib/policies/evaluate"
import type { Subcommand } from "@/lib/policies/policy"
import type { CommandLine } from "@/lib/policies/policy-facts"
import { readPolicy } from "@/lib/policies/policy-text"
import { compilePolicy } from "@/lib/policies/compile-policy"
import { compiled, someChange, someFacts } from "../../support/policy-facts"

const gitLog: Subcommand = {
  name: "git-log",
  argv: ["git", "log", { oneOf: ["--oneline", "--stat"] }, { pattern: "[a-z-]+" }],
}
const digest = "d".repeat(64)
const line = (changes: Partial<CommandLine> = {}): CommandLine => ({
  ...{ argv: ["git", "log", "--stat", "main"], cwd: "/site", env: [], hasStdin: false, image: null },
  ...changes,
})
const argv = (...operands: string[]) => line({ argv: ["git", "log", ...operands] })

function callOf(lines: readonly CommandLine[], changes: object = {}) {
  const { tool } = someFacts()
  const change = someChange({ kinds: ["command"], parts: lines.length, commands: lines.length })
  return someFacts({
    tool: { ...tool, tier: "T3_EXECUTE" },
    change: { ...change, paths: [], commandLines: lines },
    ...changes,
  })
}

const policy = (command: Partial<Subcommand> = {}, tainted?: "require_approval") => {
  const { document } = compiled({
    name: "tools",
    effect: "tier_default",
    commands: [{ ...gitLog, ...command }],
  })
  return compilePolicy({ ...document, ...(tainted && { tainted }) })
}

test("a command that the rule names runs without asking, and says by which name", () => {
  expect(evaluate(policy(), callOf([line()]))).toMatchObject({
    effect: "allow",
    rule: "tools",
    exemption: { kind: "subcommand", name: "git-log", rule: "tools" },
    approval: null,
  })
})

test("a command may have the variables that the rule lists, whatever their order", () => {
  const env = [
    { name: "PATH", digest },
    { name: "LANG", digest },
  ]
  const lines = [line({ env: [`LANG=${digest}`, `PATH=${digest}`] })]

  expect(evaluate(policy({ env }), callOf(lines)).effect).toBe("allow")
  expect(evaluate(policy(), callOf(lines)).effect).toBe("require_approval")
})

describe("people are asked as ever", () => {
  test.each<[string, readonly CommandLine[], Partial<Subcommand>?]>([
    ["an argument more", [argv("--stat", "main", "")]],
    ["an argument less", [argv("--stat")]],
    ["another program", [line({ argv: ["/tmp/git", "log", "--stat", "main"] })]],
    ["another choice", [argv("-p", "main")]],
    ["an operand beyond its pattern", [argv("--stat", "main;rm")]],
    ["an operand with the pattern in its middle", [argv("--stat", "A main")]],
    ["a line feed after the operand", [argv("--stat", "main\n")]],
    ["an operand that the pattern fits and that is an option", [argv("--stat", "--output")]],
    ["an operand of a thousand letters more", [argv("--stat", "m".repeat(1_025))]],
    ["a variable of its environment", [line({ env: [`A=${digest}`] })]],
    [
      "another value of a variable",
      [line({ env: [`A=${digest}`] })],
      { env: [{ name: "A", digest: "0".repeat(64) }] },
    ],
    ["something on its standard input", [line({ hasStdin: true })]],
    ["an image that is not named", [line({ image: "box" })]],
    ["no image where one is named", [line()], { image: "box" }],
    ["another folder than the one named", [line()], { cwd: "/srv" }],
    ["two commands", [line(), line()]],
    ["no command at all", []],
  ])("about %s", (_, lines, command) => {
    expect(evaluate(policy(command ?? {}), callOf(lines))).toMatchObject({ effect: "require_approval" })
  })

  test("when the call changes something beside, was recorded before, or its run is tainted", () => {
    const call = callOf([line()])
    const change = { ...someChange(), ...call.change }
    const { commandLines: _, ...unrecorded } = change
    const run = { ...call.run, tainted: true }

    expect(evaluate(policy(), { ...call, change: { ...change, parts: 2 } }).effect).toBe("require_approval")
    expect(evaluate(policy(), { ...call, change: unrecorded }).effect).toBe("require_approval")
    expect(evaluate(policy({}, "require_approval"), { ...call, run }).effect).toBe("require_approval")
  })

  test.each(["T2_IRREVERSIBLE_WRITE", "T4_IDENTITY_MONEY_OUTBOUND"] as const)("of a tool of %s", (tier) => {
    const call = callOf([line()])
    expect(evaluate(policy(), { ...call, tool: { ...call.tool, tier }, isDryRun: true }).effect).toBe(
      "require_approval",
    )
  })
})

describe("what cannot be meant is refused where it is written", () => {
  const problemsOf = (effect: string, commands: string) => {
    const read = readPolicy(`version: 1\nrules:\n  - {name: a, effect: ${effect}, commands: ${commands}}\n`)
    return read.ok ? [] : read.problems.map(({ code, path }) => [code, path])
  }
  const one = "{name: date, argv: [date]}"

  test.each([
    ["allow", `[${one}]`, ["commands_not_used", "/rules/0/commands"]],
    ["require_approval", `[${one}]`, ["commands_not_used", "/rules/0/commands"]],
    ["tier_default", `[${one}, ${one}]`, ["duplicate_command", "/rules/0/commands"]],
    ["tier_default", "[]", ["out_of_range", "/rules/0/commands"]],
    ["tier_default", "[{name: date, argv: []}]", ["out_of_range", "/rules/0/commands/0/argv"]],
    ["tier_default", "[{name: date, argv: [{pattern: .}]}]", ["wrong_value", "/rules/0/commands/0/argv"]],
    [
      "tier_default",
      "[{name: date, argv: [date], shell: true}]",
      ["unknown_member", "/rules/0/commands/0/shell"],
    ],
  ])("%s with %s", (effect, commands, problem) => {
    expect(problemsOf(effect, commands)).toContainEqual(problem)
  })

  test.each(["(?=a)", "(a)\\1", "a{1000}{1000}"])("a pattern such as %s", (pattern) => {
    expect(problemsOf("tier_default", `[{name: a, argv: [a, {pattern: '${pattern}'}]}]`)).not.toEqual([])
  })
})
