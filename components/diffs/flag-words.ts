import { describeFlag, partFlags, type PartFlag } from "@/lib/changes/flags"

/** A flag's words; one that this page does not know yet is shown by its own name rather than hidden. */
export function flagWords(flag: string): string {
  if (isPartFlag(flag)) return describeFlag(flag)
  return flag === "before_unexpected" ? "not the state we last saw" : flag.replaceAll("_", " ")
}

function isPartFlag(flag: string): flag is PartFlag {
  return partFlags.some((known) => known === flag)
}
