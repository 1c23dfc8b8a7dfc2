import type { JsonObject } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import { assertDigestText, assertFields, assertList, assertText } from "./content-members.ts"

/** A variable of the environment: its value is bound by the digest of its bytes and shown to nobody. */
export type EnvironmentVariable = { name: string; digest: string }

/** A process exactly as it would be started: arguments as they are, joined by no shell. */
export type CommandContent = {
  argv: string[]
  cwd: string
  env: EnvironmentVariable[]
  stdinDigest: string | null
  image: string | null
}

/** Something that a runner would execute: nothing is there before. */
export type CommandPart = { kind: "command"; target: { runner: string }; after: CommandContent }

/**
 * Checks what would be executed. U+0000 ends an argument for the system that
 * starts the process, so that what follows it would be read and never run.
 *
 * @throws ChangeError `invalid_content` with a JSON Pointer
 */
export function assertCommand(content: unknown): asserts content is CommandContent & JsonObject {
  assertFields(content, "", ["argv", "cwd", "env", "stdinDigest", "image"])
  const argv = assertList(content.argv, "/argv")
  argv.forEach((argument, index) => assertArgument(argument, `/argv/${index}`))
  if (argv[0] === undefined || argv[0] === "") throw invalid("A command has a program.", "/argv")

  assertArgument(content.cwd, "/cwd")
  if (content.cwd === "") throw invalid("A command runs in a folder.", "/cwd")
  if (content.image !== null) assertArgument(content.image, "/image")
  if (content.stdinDigest !== null) assertDigestText(content.stdinDigest, "/stdinDigest")
  assertEnvironment(content.env)
}

function assertEnvironment(env: unknown): void {
  const taken = new Set<unknown>()
  for (const [index, variable] of assertList(env, "/env").entries()) {
    const where = `/env/${index}`
    assertFields(variable, where, ["name", "digest"])
    const { name } = variable
    assertArgument(name, `${where}/name`)
    if (name === "" || name.includes("=")) throw invalid("A variable has a name without =.", `${where}/name`)
    if (taken.has(name)) throw invalid("This variable is already set.", `${where}/name`)
    taken.add(name)
    assertDigestText(variable.digest, `${where}/digest`)
  }
}

function assertArgument(value: unknown, where: string): asserts value is string {
  assertText(value, where)
  if (value.includes("\0")) throw invalid("An argument cannot hold U+0000.", where)
}

function invalid(message: string, where: string): ChangeError {
  return new ChangeError("invalid_content", message, where)
}
