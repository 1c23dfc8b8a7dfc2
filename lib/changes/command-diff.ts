import type { CommandContent } from "@deltaseal/guard/change"
import { isConfusable } from "@/lib/kernel/confusables"
import { addsSecret } from "@/lib/kernel/secret-shapes"
import { countHidden } from "@/lib/kernel/text"
import { inOrder, longLineUnits, type PartFlag } from "./flags"

/** A command as people read it: each argument on a line of its own, nothing joined. `added`: arguments. */
export type CommandDiff = Readonly<{
  preview: CommandContent
  added: number
  removed: 0
  hiddenCharacters: number
  flags: readonly PartFlag[]
}>

/** A command with what gives reason to look twice at it. */
export function diffCommand(command: CommandContent): CommandDiff {
  const { argv, cwd, env, image, stdinDigest } = command
  const names = [argv[0] ?? "", cwd, image ?? "", ...env.map(({ name }) => name)]
  // A line feed in an argument is not the end of a line, so it is counted as hidden here.
  const hiddenCharacters = [...argv, ...names.slice(1)].reduce(
    (sum, text) => sum + countHidden(text) + (text.match(/[\n\t]/g) ?? []).length,
    0,
  )

  const flags = new Set<PartFlag>()
  if (stdinDigest !== null) flags.add("uninspectable")
  if (addsSecret("", argv.join("\n"))) flags.add("secret_added")
  if (hiddenCharacters > 0) flags.add("hidden_characters")
  if ([...names, ...argv].some(isConfusable)) flags.add("confusable")
  if (runsShell(argv)) flags.add("shell_command")
  if (argv.some((argument) => argument.length > longLineUnits)) flags.add("long_lines")
  return { preview: command, added: argv.length, removed: 0, hiddenCharacters, flags: inOrder(flags) }
}

const shells = /^(?:ba|c|da|fi|k|tc|z)?sh$|^(?:cmd|powershell|pwsh)(?:\.exe)?$/
const interpreters = /^(?:python[0-9.]*|node|perl|ruby|php|osascript|deno|bun)(?:\.exe)?$/

/** `sh -c …` and the like: one argument is a program of its own, whatever stands before it. */
function runsShell(argv: readonly string[]): boolean {
  return argv.some((argument, index) => {
    const program = argument.split(/[/\\]/).at(-1)?.toLowerCase() ?? ""
    const next = argv[index + 1] ?? ""
    if (shells.test(program)) return /^[-/]/.test(next)
    return interpreters.test(program) && /^-{1,2}(?:c|e|r|eval|command)$/.test(next)
  })
}
