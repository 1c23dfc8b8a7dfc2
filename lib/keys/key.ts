import type { Scope } from "@/lib/access/permissions"

/** `expiring` is live still, and not for long. */
export type KeyStatus = (typeof keyStatuses)[number]

export const keyStatuses = ["live", "expiring", "expired", "revoked"] as const

/** Every scope a key can have, in the order in which people read them. */
export const keyScopes = [
  "request",
  "poll",
  "execute",
  "tools:register",
  "audit:read",
] as const satisfies readonly Scope[]

/** How long a key lives when nobody says otherwise, and at most (days; SPEC 6). */
export const keyDays = 90
export const keyDaysMax = 365

/** How long a rotated key goes on beside its successor, and at most (hours). */
export const overlapHours = 24
export const overlapHoursMax = 168

/** A key with less than this left is `expiring` (milliseconds). */
const soonMs = 7 * 24 * 60 * 60 * 1000

/** Where a key stands at this moment. */
export function keyStatus(
  { revokedAt, expiresAt }: Readonly<{ revokedAt: Date | null; expiresAt: Date }>,
  now: Date,
): KeyStatus {
  if (revokedAt !== null) return "revoked"

  const leftMs = expiresAt.getTime() - now.getTime()
  if (leftMs <= 0) return "expired"
  return leftMs < soonMs ? "expiring" : "live"
}

/** The beginning of a printed key: enough to tell keys apart, nothing to use one by. */
export function keyPrefix({ mode, publicId }: Readonly<{ mode: string; publicId: string }>): string {
  return `dsl_${mode}_${publicId.slice(0, 6)}`
}
