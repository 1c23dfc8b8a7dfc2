import { RE2JS } from "re2js"
import type { Argument, Subcommand } from "./policy"
import { noChange, type CommandLine, type PolicyFacts } from "./policy-facts"

/** One of a rule's commands, ready to be compared. */
export type CompiledSubcommand = Readonly<{ name: string; fits: (line: CommandLine) => boolean }>

/** A longer operand fits no pattern: it would be one that nobody thought of. In UTF-16 units. */
const operandLengthMax = 1_024

/** Larger ones take too long on a long operand. */
const patternSizeMax = 250

/** @throws Error for a pattern that is not RE2's or too large */
export function compileSubcommand({ name, argv, cwd, image, env = [] }: Subcommand): CompiledSubcommand {
  const tests = argv.map(argumentTest)
  const variables = variableTexts(env)

  return {
    name,
    // What a program does hangs on its surroundings as much as on its arguments.
    fits: (line) =>
      line.env.join("\n") === variables.join("\n") &&
      !line.hasStdin &&
      line.image === (image ?? null) &&
      (cwd === undefined || line.cwd === cwd) &&
      line.argv.length === tests.length &&
      tests.every((test, index) => test(line.argv[index] ?? "")),
  }
}

/** @throws Error for a pattern that is not RE2's or too large */
export function compileOperand(pattern: string): (text: string) => boolean {
  const compiled = RE2JS.compile(pattern)
  if (compiled.programSize() > patternSizeMax) throw new Error("The pattern is too large.")

  return (text) => !text.startsWith("-") && text.length <= operandLengthMax && compiled.matches(text)
}

/** The name of the command that a call is and nothing else; null when it is none of them (SPEC 3.2). */
export function subcommandOf(
  commands: readonly CompiledSubcommand[],
  { change }: PolicyFacts,
): string | null {
  const { parts, commandLines = [] } = change ?? noChange
  const [line] = commandLines
  if (line === undefined || parts !== 1 || commandLines.length !== 1) return null

  return commands.find(({ fits }) => fits(line))?.name ?? null
}

/** `NAME=digest` of each variable of an environment, in one order. */
export function variableTexts(env: readonly Readonly<{ name: string; digest: string }>[]): string[] {
  return env.map(({ name, digest }) => `${name}=${digest}`).sort()
}

/** What stands literally may be an option; an operand that could be anything may not. */
function argumentTest(argument: Argument): (text: string) => boolean {
  if (typeof argument === "string") return (text) => text === argument
  if ("oneOf" in argument) return (text) => argument.oneOf.includes(text)
  return compileOperand(argument.pattern)
}
