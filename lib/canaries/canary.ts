import { canonicalize, sha256Hex } from "@deltaseal/guard/change"
import { idOf } from "@/lib/kernel/id"

/**
 * How a canary ends that was planned for a moment that nobody was told, and then
 * was out among what waits: `dropped` where nobody decided on it.
 */
export type CanaryEnd = "denied" | "approved" | "expired" | "dropped"

/** About how many days lie between two of them. */
export const canaryPeriods = [7, 14, 30] as const
export type CanaryPeriod = (typeof canaryPeriods)[number]

/** What a canary is proved by: it is drawn when one is planned, and told when it has ended. */
export type CanarySecret = Readonly<{
  tenantId: string
  canaryId: string
  /** 32 random bytes in hex. */
  secret: string
}>

/** What the log holds of a secret from the planning on: SHA-256 hex of a label and its JCS. */
export function canaryCommitment({ tenantId, canaryId, secret }: CanarySecret): string {
  return sha256Hex(`deltaseal/canary/v1\0${canonicalize({ canaryId, secret, tenantId })}`)
}

/**
 * The id of the approval that is a canary. Those eighty bits of it that are
 * drawn for any other follow from the secret, so that it looks like any other
 * until the secret is told, and nobody can name another approval afterwards.
 *
 * @param at when it is made, in milliseconds since 1970
 */
export function canaryApprovalId({ tenantId, canaryId, secret }: CanarySecret, at: number): string {
  const digest = sha256Hex(`deltaseal/canary-approval/v1\0${canonicalize({ canaryId, secret, tenantId })}`)
  return idOf("approval", at, digest.slice(0, 20))
}

const dayMs = 24 * 60 * 60 * 1_000
const weekMs = 7 * dayMs

/**
 * When the next canary appears: half a period to one and a half from now, and
 * at an hour of the week in which people have decided, for nobody looks at night.
 *
 * @param chance from 0 to below 1
 * @param decidedAt when somebody decided lately, in milliseconds since 1970; null where nobody did
 */
export function appearsAt(now: number, periodDays: number, chance: number, decidedAt: number | null): number {
  const drawn = now + periodDays * dayMs * (0.5 + chance)
  if (decidedAt === null) return drawn
  const later = (((decidedAt - drawn) % weekMs) + weekMs) % weekMs

  return later <= weekMs / 2 ? drawn + later : drawn + later - weekMs
}
