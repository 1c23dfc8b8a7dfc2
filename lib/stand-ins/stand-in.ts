import { may, mayInAgency, type PersonActor } from "@/lib/access/actor"

/** How long somebody may stand in for another at a stretch, and how far ahead they may be named (days). */
export const standInDaysMax = 60
export const daysAheadMax = 365

export type StandInStatus = "planned" | "now" | "over" | "ended"

/** Who votes in somebody's place, from when to when. */
export type StandIn = Readonly<{
  standInId: string
  agencyId: string
  absentId: string
  absentName: string
  personId: string
  personName: string
  startsAt: Date
  endsAt: Date
  endedAt: Date | null
  /** The tenants in which who is away votes now. */
  tenantIds: readonly string[]
}>

/** Where a stand-in stands at a time. */
export function standInStatus(
  { startsAt, endsAt, endedAt }: Pick<StandIn, "startsAt" | "endsAt" | "endedAt">,
  now: Date,
): StandInStatus {
  if (endsAt <= now) return endedAt !== null && endedAt < endsAt ? "ended" : "over"
  if (endedAt !== null) return "ended"

  return startsAt > now ? "planned" : "now"
}

/** Whether somebody looks after every place that a stand-in concerns. */
export function mayAttend(viewer: PersonActor, { agencyId, tenantIds }: StandIn): boolean {
  if (mayInAgency(viewer, "member:manage", agencyId)) return true

  return tenantIds.length > 0 && tenantIds.every((tenantId) => may(viewer, "member:manage", tenantId))
}

/** Whether somebody is one of the two, or looks after them. Each of those ends it, too. */
export function concerns(viewer: PersonActor, standIn: StandIn): boolean {
  return [standIn.absentId, standIn.personId].includes(viewer.personId) || mayAttend(viewer, standIn)
}

type Time = Readonly<{ startsAt: Date; endsAt: Date }>

/** What is wrong with a time that somebody asks for, and with which end of it; null when nothing is. */
export function timeFault(
  { startsAt, endsAt }: Time,
  now: Date,
): Readonly<{ path: "/startsAt" | "/endsAt"; message: string }> | null {
  const day = 24 * 60 * 60 * 1000
  if (startsAt.getTime() > now.getTime() + daysAheadMax * day)
    return { path: "/startsAt", message: `This is more than ${daysAheadMax} days ahead.` }
  if (endsAt <= startsAt) return { path: "/endsAt", message: "This has to be later than when it begins." }
  if (endsAt.getTime() - startsAt.getTime() > standInDaysMax * day)
    return { path: "/endsAt", message: `Somebody stands in for ${standInDaysMax} days at the most.` }

  return null
}
