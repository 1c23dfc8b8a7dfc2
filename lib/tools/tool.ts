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

/** Where a tool stands: `waiting` for a person to accept its definition, usable, or suspended. */
export type ToolStatus = (typeof toolStatuses)[number]

export const toolStatuses = ["waiting", "active", "suspended"] as const

/** A tool's row as far as its state goes. */
export type ToolState = Readonly<{
  status: "active" | "suspended"
  definitionHash: string
  /** Who accepted the definition; null until somebody has. */
  pinnedById: string | null
  /** A definition that was registered after the accepted one. */
  proposedHash: string | null
}>

export function toolStatus({ status, pinnedById, proposedHash }: ToolState): ToolStatus {
  if (status === "active") return "active"
  return pinnedById === null || proposedHash !== null ? "waiting" : "suspended"
}

/** The hash of the definition that accepting would accept; null when none is on offer. */
export function offeredHash({ pinnedById, definitionHash, proposedHash }: ToolState): string | null {
  return pinnedById === null ? definitionHash : proposedHash
}

/** Whether a tier asks for less than the one before. */
export function isLowered(from: Tier | null, to: Tier): boolean {
  return from !== null && tiers.indexOf(to) < tiers.indexOf(from)
}

/** Whether going from one tier to another takes a second person: what has irreversible effects is asked less (SPEC 3.2). */
export function isLoosened(from: Tier | null, to: Tier): boolean {
  return from !== null && from !== "T1_REVERSIBLE_WRITE" && isLowered(from, to)
}

/** A tool in one version, as everything names it. */
export type ToolRef = Readonly<{ server: string; name: string; version: string }>

export type TierDefaults = Readonly<{
  changeRequired: boolean
  /** Whether a repetition must be told from a second call. */
  idempotencyKeyRequired: boolean
  approvers: number
}>

/** What a tier asks for where no policy says otherwise. */
export function tierDefaults(tier: Tier): TierDefaults {
  switch (tier) {
    case "T0_READ":
      return { changeRequired: false, idempotencyKeyRequired: false, approvers: 0 }
    case "T1_REVERSIBLE_WRITE":
      return { changeRequired: true, idempotencyKeyRequired: false, approvers: 0 }
    case "T2_IRREVERSIBLE_WRITE":
    case "T3_EXECUTE":
    case "T4_IDENTITY_MONEY_OUTBOUND":
      return { changeRequired: true, idempotencyKeyRequired: true, approvers: 1 }
  }
}
