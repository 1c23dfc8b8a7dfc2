import { describeFlag, partFlags, type PartFlag } from "@/lib/changes/flags"

/** A flag's words, with the number where it is known; a flag that this page does not know is shown by its own name. */
export function flagWords(flag: string, hiddenCharacters = 0): string {
  if (isPartFlag(flag)) return describeFlag(flag, hiddenCharacters)
  return flag === "before_unexpected" ? "not the state we last saw" : flag.replaceAll("_", " ")
}

function isPartFlag(flag: string): flag is PartFlag {
  return partFlags.some((known) => known === flag)
}
