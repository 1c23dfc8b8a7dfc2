/** How much harm a tool can do (SPEC 1.1); decides what a call needs before it runs (SPEC 3.2). */
export type Tier = (typeof tiers)[number]

export const tiers = [
  "T0_READ",
  "T1_REVERSIBLE_WRITE",
  "T2_IRREVERSIBLE_WRITE",
  "T3_EXECUTE",
  "T4_IDENTITY_MONEY_OUTBOUND",
] as const

/** Where a run acts. */
export type Environment = (typeof environments)[number]

export const environments = ["dev", "staging", "prod"] as const

/** What a tier asks for where no policy says otherwise. */
export function tierDefaults(tier: Tier): Readonly<{ changeRequired: boolean; approvers: number }> {
  switch (tier) {
    case "T0_READ":
      return { changeRequired: false, approvers: 0 }
    case "T1_REVERSIBLE_WRITE":
      return { changeRequired: true, approvers: 0 }
    case "T2_IRREVERSIBLE_WRITE":
    case "T3_EXECUTE":
    case "T4_IDENTITY_MONEY_OUTBOUND":
      return { changeRequired: true, approvers: 1 }
  }
}
