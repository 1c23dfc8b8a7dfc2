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
