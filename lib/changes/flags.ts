/** What a part gives reason to look at twice, most serious first. Found by us, never told by the agent. */
export const partFlags = [
  "uninspectable",
  "diff_degraded",
  "hidden_characters",
  "executable_bit",
  "large_change",
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

const words: Readonly<Record<PartFlag, string>> = {
  uninspectable: "content that cannot be inspected",
  diff_degraded: "shown as a whole replacement",
  hidden_characters: "hidden characters",
  executable_bit: "executable bit",
  large_change: "large change",
  line_endings_only: "only line endings differ",
  whitespace_only: "only whitespace differs",
}

/** A flag in words, with the number where there is one: `1 hidden character`. */
export function describeFlag(flag: PartFlag, hiddenCharacters = 0): string {
  if (flag !== "hidden_characters" || hiddenCharacters === 0) return words[flag]
  return hiddenCharacters === 1 ? "1 hidden character" : `${hiddenCharacters} hidden characters`
}
