import type { Tier } from "@/lib/tools/tool"

/** A tier's letter and what it means, for people. */
export const tierWords: Readonly<Record<Tier, { letter: string; words: string }>> = {
  T0_READ: { letter: "T0", words: "reads" },
  T1_REVERSIBLE_WRITE: { letter: "T1", words: "reversible write" },
  T2_IRREVERSIBLE_WRITE: { letter: "T2", words: "irreversible write" },
  T3_EXECUTE: { letter: "T3", words: "executes" },
  T4_IDENTITY_MONEY_OUTBOUND: { letter: "T4", words: "identity, money or outbound" },
}
