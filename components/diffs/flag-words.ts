import { describeFlag, partFlags, type PartFlag } from "@/lib/changes/flags"

/** A flag's words, with the number where it is known; a flag that this page does not know is shown by its own name. */
export function flagWords(flag: string, hiddenCharacters = 0): string {
  if (isPartFlag(flag)) {
    const words = describeFlag(flag, hiddenCharacters)
    return unread.has(flag) ? `high risk: ${words}` : words
  }
  return flag === "before_unexpected" ? "not the state we last saw" : flag.replaceAll("_", " ")
}

/** What nobody can read counts as high risk, and says so (SPEC 7.3). */
const unread: ReadonlySet<PartFlag> = new Set(["uninspectable", "diff_degraded", "long_lines"])

function isPartFlag(flag: string): flag is PartFlag {
  return partFlags.some((known) => known === flag)
}
