import { permissions, type Permission, type Role } from "@/lib/access/permissions"

/** The product's places, in the order of the rail: where work is, then where it is administered. */
export const places = [
  { name: "inbox", words: "Inbox", href: "/inbox", under: ["/inbox", "/approvals", "/plans"], group: "work" },
  { name: "runs", words: "Runs", href: "/runs", under: ["/runs"], group: "work" },
  { name: "tools", words: "Tools", href: "/tools", under: ["/tools"], group: "administration" },
  {
    name: "policies",
    words: "Policies",
    href: "/policies",
    under: ["/policies"],
    group: "administration",
  },
  { name: "keys", words: "Keys", href: "/keys", under: ["/keys"], group: "administration" },
  { name: "members", words: "Members", href: "/members", under: ["/members"], group: "administration" },
  { name: "clients", words: "Clients", href: "/clients", under: ["/clients"], group: "administration" },
] as const

export type PlaceName = (typeof places)[number]["name"]

/** What one has to be allowed, in some tenant, for a place to be worth a visit. The page decides for itself. */
const needed: Readonly<Record<PlaceName, Permission>> = {
  inbox: "approval:read",
  runs: "run:read",
  tools: "tool:read",
  policies: "policy:read",
  keys: "key:read",
  members: "member:read",
  // Everybody may know of their tenants; the page is for those who look after them.
  clients: "member:read",
}

/** The places that are shown to somebody with these roles. */
export function placesFor(roles: readonly Role[]): PlaceName[] {
  const mayVisit = (name: PlaceName) => {
    const grant: Readonly<{ roles: readonly Role[] }> = permissions[needed[name]]
    return roles.some((role) => grant.roles.includes(role))
  }

  return places.map(({ name }) => name).filter(mayVisit)
}

/** Whether a path is in a place. */
export function isIn(under: readonly string[], pathname: string): boolean {
  return under.some((start) => pathname === start || pathname.startsWith(`${start}/`))
}
