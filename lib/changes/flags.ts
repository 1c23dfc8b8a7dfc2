/** What a part gives reason to look at twice, most serious first. Found by us, never told by the agent. */
export const partFlags = [
  "uninspectable",
  "diff_degraded",
  "secret_added",
  "hidden_characters",
  "confusable",
  "look_alike_domain",
  "sensitive_field",
  "ambiguous_config",
  "shell_command",
  "replies_elsewhere",
  "executable_bit",
  "long_lines",
  "large_change",
  "same_value",
  "line_endings_only",
  "whitespace_only",
] as const

export type PartFlag = (typeof partFlags)[number]

/** A part or a change with more added and removed lines than this is large. */
export const largeChangeLines = 1_000

/** A change with more parts than this is large. */
export const largeChangeParts = 20

/** The flags of a whole change: each flag that a part has, once, and whether it is large as a whole. */
export function changeFlags(
  parts: readonly Readonly<{ flags: readonly PartFlag[]; added: number; removed: number }>[],
): PartFlag[] {
  const found = new Set(parts.flatMap((part) => part.flags))
  const lines = parts.reduce((sum, part) => sum + part.added + part.removed, 0)
  if (lines > largeChangeLines || parts.length > largeChangeParts) found.add("large_change")

  return inOrder(found)
}

/** In the order of `partFlags`, so that the same change always reads the same. */
export function inOrder(flags: ReadonlySet<PartFlag>): PartFlag[] {
  return partFlags.filter((flag) => flags.has(flag))
}

/** A line with more UTF-16 units than this is not one that people read. */
export const longLineUnits = 1_000

const words: Readonly<Record<PartFlag, string>> = {
  uninspectable: "content that cannot be inspected",
  diff_degraded: "shown as a whole replacement",
  secret_added: "adds what looks like a secret",
  hidden_characters: "hidden characters",
  confusable: "look-alike letters",
  look_alike_domain: "look-alike domain",
  sensitive_field: "permission or identity fields",
  ambiguous_config: "read differently by different programs",
  shell_command: "runs a command line in a shell",
  replies_elsewhere: "replies go to another domain",
  executable_bit: "executable bit",
  long_lines: "very long lines",
  large_change: "large change",
  same_value: "only comments or layout differ",
  line_endings_only: "only line endings differ",
  whitespace_only: "only whitespace differs",
}

/** A flag in words, with the number where there is one: `1 hidden character`. */
export function describeFlag(flag: PartFlag, hiddenCharacters = 0): string {
  if (flag !== "hidden_characters" || hiddenCharacters === 0) return words[flag]
  return hiddenCharacters === 1 ? "1 hidden character" : `${hiddenCharacters} hidden characters`
}
