import type { Caller, Reply } from "./api"
import { makePerson, type Side, type World } from "./world"

const policy = (effect: string, more = "") =>
  `version: 1\nrules:\n  - name: all\n${more}    effect: ${effect}\n`

/** From the least to the most that is asked. */
export const friendly = policy("allow")
export const strict = policy("require_approval")
export const deny = policy("deny")

/** A client of our agency of its own, its admin, and how they handle its policy. */
export type PolicyBox = Readonly<{
  tenantId: string
  admin: Caller
  adminId: string
  path: (rest: string) => string
  publish: (text: string, basedOn: number, who?: Caller) => Promise<Reply>
  check: (text: string) => Promise<Reply>
  /** Another administrator. */
  second: () => Promise<Readonly<{ caller: Caller; personId: string }>>
}>

/** `isAlone`: in an agency of their own, where nobody else administers anything. */
export async function tenantWithPolicy(world: World, isAlone = false): Promise<PolicyBox> {
  const agencyId = isAlone ? await anAgency(world) : world.ours.agencyId
  const { caller: admin, personId: adminId } = await makePerson(world, { role: "owner", agencyId })
  const made = await admin.post("/api/v1/tenants", { name: `Client ${Math.random()}`, agencyId })
  if (made.status !== 201) throw new Error(made.text)
  const { tenantId } = made.body as { tenantId: string }
  const path = (rest: string) => `/api/v1/tenants/${tenantId}${rest}`

  return {
    tenantId,
    admin,
    adminId,
    path,
    publish: (text, basedOn, who = admin) =>
      who.post(path("/policies"), { text, basedOn, note: "why it is" }),
    check: (text) => admin.post(path("/policies/check"), { text }),
    second: () => makePerson(world, { role: "admin", agencyId }),
  }
}

/** A second person's yes to what somebody proposed. `base` is the client's path in the REST API. */
export async function agreeTo(who: Caller, base: string, proposalId: string): Promise<Reply> {
  const path = `${base}/proposals/${proposalId}`
  const { hash } = (await who.get(path)).body as { hash: string }
  const reply = await who.post(`${path}/approve`, { hash })
  if (reply.status !== 200) throw new Error(reply.text)

  return reply
}

let made = 0

async function anAgency({ su }: World): Promise<string> {
  const agencyId = `agc_01J000000000000000000${String((made += 1)).padStart(5, "0")}`
  await su.query("INSERT INTO agency (agency_id, name) VALUES ($1, 'Solo')", [agencyId])

  return agencyId
}

/** A version and a proposal in a tenant that other tests use, which goes on as before. */
export async function tenantPolicyRows(world: World, { agencyId, tenantId }: Side): Promise<void> {
  const { caller } = await makePerson(world, { role: "owner", agencyId })
  await makePerson(world, { role: "owner", agencyId })
  const path = `/api/v1/tenants/${tenantId}/policies`
  for (const [effect, basedOn] of [
    ["tier_default", 1],
    ["allow", 2],
  ] as const) {
    const reply = await caller.post(path, { text: policy(effect), basedOn })
    if (reply.status !== 201) throw new Error(reply.text)
  }
}
