import { randomBytes } from "node:crypto"
import type { Scope, Role } from "@/lib/access/permissions"
import { hashPassword } from "@/lib/members/passwords"
import { hasMembers, insertMembers, type NewMember } from "@/lib/members/members.repo"
import { newId } from "@/lib/operations/new-id"
import { insertAgency } from "@/lib/tenants/tenants.repo"
import { base62From } from "@/lib/keys/api-key"
import { seedTenant } from "./tenant"

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

const tenantNames = ["Acme Dental", "Brightside Travel"] as const

const scopes: readonly Scope[] = ["request", "poll", "execute", "tools:register", "audit:read"]

/** Whether the demo, or anybody's real data, is there already. */
export const isSeeded: () => Promise<boolean> = hasMembers

/**
 * Seeds one agency with two clients, four people, the example tools and a key
 * for each client. The people come last, in one statement: a seed that was
 * interrupted has none, and the next start begins anew.
 */
export async function seedDemo(): Promise<SeededDemo> {
  const agencyId = newId("agency")
  const members = await Promise.all(people.map(newMember))
  const owner = members.find(({ role }) => role === "owner")
  if (owner === undefined) throw new Error("The demo has no owner.")

  await insertAgency({ agencyId, name: agencyName })
  const tenants: SeededDemo["tenants"] = []
  for (const name of tenantNames) {
    tenants.push(await seedTenant({ agencyId, name, ownerId: owner.personId, scopes }))
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
