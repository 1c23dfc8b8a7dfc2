import { mayInAgency, may, type PersonActor } from "@/lib/access/actor"
import type { Role } from "@/lib/access/permissions"

export const roles = ["owner", "admin", "reviewer", "auditor"] as const satisfies readonly Role[]

/** Where somebody is a member: a whole agency, or one tenant of it. */
export type Place = Readonly<{ agencyId: string; tenantId: string | null }>

/** A person's role in a place, as it is now. */
export type Membership = Place & Readonly<{ membershipId: string; personId: string; role: Role }>

/** Whether somebody with these roles may give a role, or take it away: only owners make, change or end owners. */
export function mayHandle(own: readonly Role[], role: Role): boolean {
  return own.includes("owner") || (own.includes("admin") && role !== "owner")
}

/** What the audit log says of a place: which kind it is, and of which agency. */
export function placeFields({ agencyId, tenantId }: Place): { place: "agency" | "tenant"; agencyId: string } {
  return { place: tenantId === null ? "agency" : "tenant", agencyId }
}

/** The roles that somebody holds in a place, as their session was last read. */
export function rolesAt(person: PersonActor, { agencyId, tenantId }: Place): readonly Role[] {
  const found =
    tenantId === null
      ? person.agencies.find((agency) => agency.agencyId === agencyId)
      : person.tenants.find((tenant) => tenant.tenantId === tenantId)

  return found?.roles ?? []
}

/** Whether somebody may change the people of a place at all. */
export function mayManageAt(person: PersonActor, { agencyId, tenantId }: Place): boolean {
  return tenantId === null
    ? mayInAgency(person, "member:manage", agencyId)
    : may(person, "member:manage", tenantId)
}

/** Whether somebody may read who the people of a place are, anywhere. */
export function mayReadMembers(person: PersonActor): boolean {
  return (
    person.agencies.some(({ agencyId }) => mayInAgency(person, "member:read", agencyId)) ||
    person.tenants.some(({ tenantId }) => may(person, "member:read", tenantId))
  )
}
