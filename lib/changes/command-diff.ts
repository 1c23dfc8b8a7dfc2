import type { CommandContent } from "@deltaseal/guard/change"
import { addsLookAlike, isConfusable } from "@/lib/kernel/confusables"
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
  if ([...names, ...argv].some(isConfusable) || addsLookAlike("", argv.join("\n"))) flags.add("confusable")
  if (runsShell(argv)) flags.add("shell_command")
  if (argv.some((argument) => argument.length > longLineUnits)) flags.add("long_lines")
  return { preview: command, added: argv.length, removed: 0, hiddenCharacters, flags: inOrder(flags) }
}

const shells = /^(?:a|ba|c|da|fi|k|mk|tc|z)?sh$|^(?:cmd|powershell|pwsh)$/
const interpreters = /^(?:python[0-9.]*|node|perl|ruby|php|osascript|deno|bun)$/
const programOption = /^-[A-Za-z]{0,3}[ceEpr]$|^--(?:eval|print|command)(?:=|$)|^eval$/

/** `sh -c …` and the like: one argument is a program of its own, whatever stands before it. */
function runsShell(argv: readonly string[]): boolean {
  return argv.some((argument, index) => {
    const program =
      argument
        .split(/[/\\]/)
        .at(-1)
        ?.toLowerCase()
        .replace(/\.exe$/, "") ?? ""
    const rest = argv.slice(index + 1)
    if (shells.test(program)) return /^[-/]/.test(rest[0] ?? "")
    return interpreters.test(program) && leadingOptions(rest).some((option) => programOption.test(option))
  })
}

/** What stands before the first word that belongs to no option, and that word, which may be a subcommand. */
function leadingOptions(args: readonly string[]): readonly string[] {
  const end = args.findIndex((argument) => !argument.startsWith("-"))
  return end === -1 ? args : args.slice(0, end + 1)
}
