import { randomBytes } from "node:crypto"
import type { Scope, Role } from "@/lib/access/permissions"
import { hashPassword } from "@/lib/members/passwords"
import { hasMembers, insertMembers, type NewMember } from "@/lib/members/members.repo"
import { newId } from "@/lib/operations/new-id"
import { insertAgency } from "@/lib/tenants/tenants.repo"
import { base62From } from "@/lib/keys/api-key"
import crm from "@/examples/crm-server/tools.json"
import office from "@/examples/office-server/tools.json"
import workspace from "@/examples/workspace-server/tools.json"
import { seedTenant, type TenantSeed } from "./tenant"

/** What a person needs to try the demo. Shown once and kept in a file of mode 600; the database has digests. */
export type SeededDemo = {
  people: { email: string; password: string; role: string }[]
  tenants: { tenantId: string; name: string; apiKey: string }[]
}

const agencyName = "Northwind Automation"

const people: readonly Readonly<{ name: string; email: string; role: Role }>[] = [
  { name: "Olivia Park", email: "olivia@northwind.example", role: "owner" },
  { name: "Adam Reyes", email: "adam@northwind.example", role: "admin" },
  { name: "Rhea Novak", email: "rhea@northwind.example", role: "reviewer" },
  { name: "Audrey Lind", email: "audrey@northwind.example", role: "auditor" },
]

/** Mail to this client's customers takes somebody who signs for it; of the rest the tiers decide. */
const mailPolicy = `version: 1
rules:
  - name: tier-defaults
    effect: tier_default
  - name: offers
    match: { server: [office], tool: [send_email], tier: [T4] }
    effect: require_approval
    live: true
    recipients: { domains: [harbour-hotel.example, corvid.example] }
    approval: { stages: [{ group: reviewers, count: 1 }], stepUp: true }
`

const clients: readonly Pick<TenantSeed, "name" | "servers" | "policy">[] = [
  { name: "Acme Dental", servers: [workspace, crm], policy: null },
  { name: "Brightside Travel", servers: [workspace, crm], policy: null },
  { name: "Corvid Outdoor", servers: [office], policy: mailPolicy },
]

const scopes: readonly Scope[] = ["request", "poll", "execute", "tools:register", "audit:read"]

/** Whether the demo, or anybody's real data, is there already. */
export const isSeeded: () => Promise<boolean> = hasMembers

/**
 * Seeds one agency with three clients, four people, the example tools and a key
 * for each client, and for one of them a policy. The people come last, in one statement: a seed that was
 * interrupted has none, and the next start begins anew.
 */
export async function seedDemo(): Promise<SeededDemo> {
  const agencyId = newId("agency")
  const members = await Promise.all(people.map(newMember))
  const owner = members.find(({ role }) => role === "owner")
  if (owner === undefined) throw new Error("The demo has no owner.")

  await insertAgency({ agencyId, name: agencyName })
  const tenants: SeededDemo["tenants"] = []
  for (const client of clients) {
    tenants.push(await seedTenant({ ...client, agencyId, ownerId: owner.personId, scopes }))
  }
  await insertMembers(
    agencyId,
    members.map(({ password: _password, ...member }) => member),
  )

  return { people: members.map(({ email, password, role }) => ({ email, password, role })), tenants }
}

async function newMember(person: (typeof people)[number]): Promise<NewMember & { password: string }> {
  const password = base62From(randomBytes(48), 20)

  return {
    ...person,
    personId: newId("person"),
    membershipId: newId("membership"),
    password,
    passwordHash: await hashPassword(password),
  }
}
