import type { PersonActor } from "@/lib/access/actor"
import type { Role } from "@/lib/access/permissions"
import { mayHandle, mayManageAt, rolesAt, type Place } from "@/lib/members/member"

/** How long a recovery waits for its two administrators. */
export const recoveryHours = 24

export type RecoveryStatus = "open" | "done" | "refused" | "withdrawn" | "expired"

/** A recovery with its people, as it is now. */
export type Recovery = Place &
  Readonly<{
    recoveryId: string
    membershipId: string
    personId: string
    name: string
    role: Role
    askedById: string
    askedByName: string
    askedAt: Date
    expiresAt: Date
    firstAdminId: string | null
    firstAdminName: string | null
    secondAdminName: string | null
    status: RecoveryStatus
    endedAt: Date | null
  }>

/** Whether somebody is an administrator whom this is about: not the person themselves, and not one too small. */
export function mayAttend(viewer: PersonActor, recovery: Recovery): boolean {
  return (
    recovery.personId !== viewer.personId &&
    mayManageAt(viewer, recovery) &&
    mayHandle(rolesAt(viewer, recovery), recovery.role)
  )
}

/** Whether somebody can confirm it now; the database decides again when they do. */
export function mayConfirm(viewer: PersonActor, recovery: Recovery): boolean {
  return (
    recovery.status === "open" && recovery.firstAdminId !== viewer.personId && mayAttend(viewer, recovery)
  )
}
