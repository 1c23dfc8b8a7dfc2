import type { Caller, Reply } from "./api"
import { approvedWrite } from "./deciding"
import { putInForce } from "./rules"
import type { World } from "./world"

type Write = Readonly<{ by: Caller; ask: (who: Caller) => Promise<Reply>; succeeds: number }>

const said = (effect: string) =>
  `version: 1\ndescription: draft ${Math.random()}\nrules:\n  - name: all\n    effect: ${effect}\n`

/** Policies that ask for what each tier asks for: every other test goes on as before. */
const asBefore = () => said("tier_default")
const looser = () => said("allow")

const soon = () => new Date(Date.now() + 60 * 60 * 1_000).toISOString()
const aGrant = `  - name: grant-a
    match: {server: [workspace], tool: [write_file]}
    effect: allow
    paths: {allow: [docs/none.txt]}
    grant: {from: appr_01J00000000000000000000000, ops: [update], maxUses: 1, until: 2026-01-01T00:00:00Z}
`

/** Every write about policies, on our first tenant. */
export const policyWrites: Readonly<Record<string, (world: World) => Promise<Write>>> = {
  "POST /tenants/{tenantId}/policies": async (world) => {
    const { basedOn, owner, path } = await published(world)
    const body = { text: asBefore(), basedOn }
    return { by: owner, ask: (who) => who.post(`${path}/policies`, body), succeeds: 201 }
  },
  "POST /tenants/{tenantId}/policies/{version}/restore": async (world) => {
    const { basedOn: version } = await published(world)
    const { basedOn, owner, path } = await published(world)
    return {
      by: owner,
      ask: (who) => who.post(`${path}/policies/${version}/restore`, { basedOn }),
      succeeds: 201,
    }
  },
  "POST /tenants/{tenantId}/policies/simulations": async (world) => {
    const { owner, path } = await noSimulation(world)
    return { by: owner, ask: (who) => who.post(path, { text: asBefore() }), succeeds: 202 }
  },
  "POST /tenants/{tenantId}/policies/simulations/{simulationId}/cancel": async (world) => {
    const { owner, path } = await noSimulation(world)
    const { simulationId } = (await owner.post(path, { text: asBefore() })).body
    return { by: owner, ask: (who) => who.post(`${path}/${simulationId}/cancel`), succeeds: 200 }
  },
  "POST /approvals/{approvalId}/grant": async (world) => {
    const { owner } = await published(world)
    const { approvalId } = await approvedWrite(world.ours.key, await world.as("reviewer"))
    const body = { maxUses: 3, until: soon() }
    return { by: owner, ask: (who) => who.post(`/api/v1/approvals/${approvalId}/grant`, body), succeeds: 201 }
  },
  "DELETE /tenants/{tenantId}/grants/{name}": async (world) => {
    const { owner, path } = await published(world)
    await putInForce(world, `rules:\n  - name: all\n    effect: tier_default\n${aGrant}`)
    return { by: owner, ask: (who) => who.delete(`${path}/grants/grant-a`), succeeds: 200 }
  },
  "POST /tenants/{tenantId}/proposals/{proposalId}/approve": async (world) => {
    const { owner, path, hash } = await proposed(world)
    return { by: owner, ask: (who) => who.post(`${path}/approve`, { hash }), succeeds: 200 }
  },
  "POST /tenants/{tenantId}/proposals/{proposalId}/reject": async (world) => {
    const { owner, path } = await proposed(world)
    return { by: owner, ask: (who) => who.post(`${path}/reject`, { reason: "Too wide." }), succeeds: 200 }
  },
  "POST /tenants/{tenantId}/proposals/{proposalId}/withdraw": async (world) => {
    const { admin, path } = await proposed(world)
    return { by: admin, ask: (who) => who.post(`${path}/withdraw`), succeeds: 200 }
  },
}

/** A policy in force that is one more than before; what was open about it is not any more. */
async function published(world: World) {
  const owner = await world.as("owner")
  const path = `/api/v1/tenants/${world.ours.tenantId}`
  const before = await owner.get(`${path}/policies`)
  const body = { text: asBefore(), basedOn: before.body.inForce }
  const made = await owner.post(`${path}/policies`, body)
  if (made.body.result === "published") return { owner, path, basedOn: Number(made.body.version) }

  // What was approved in an earlier test asks for less; another administrator agrees to go back.
  const proposal = `${path}/proposals/${made.body.proposalId}`
  const { hash } = (await owner.get(proposal)).body
  await (await world.as("admin")).post(`${proposal}/approve`, { hash })
  return { owner, path, basedOn: Number((await owner.get(`${path}/policies`)).body.inForce) }
}

/** A loosening by the admin, for the owner to decide. */
export async function proposed(world: World) {
  const { owner, path, basedOn } = await published(world)
  const admin = await world.as("admin")
  const made = await admin.post(`${path}/policies`, { text: looser(), basedOn })
  const proposal = `${path}/proposals/${made.body.proposalId}`
  const { hash } = (await owner.get(proposal)).body

  return { owner, admin, path: proposal, hash: String(hash), proposalId: String(made.body.proposalId) }
}

/** No simulation under way in our first tenant: there can be one at a time, and nobody works on it. */
async function noSimulation(world: World) {
  const owner = await world.as("owner")
  const path = `/api/v1/tenants/${world.ours.tenantId}/policies/simulations`
  const { items } = (await owner.get(path)).body
  const underway = items.find(({ status }: { status: string }) => status === "running")
  if (underway !== undefined) await owner.post(`${path}/${underway.simulationId}/cancel`)

  return { owner, path }
}

/** A simulation in our first tenant, under way. */
export async function simulated(world: World): Promise<string> {
  const { owner, path } = await noSimulation(world)
  return String((await owner.post(path, { text: asBefore() })).body.simulationId)
}
