import { pendingWrite } from "./calls"
import type { Write } from "./every-write"
import { makePerson, type World } from "./world"

const day = 24 * 60 * 60 * 1000

/** Every write about who decides in whose place, and about break-glass. */
export const breakGlassWrites: Readonly<Record<string, (world: World) => Promise<Write>>> = {
  "POST /account/stand-ins": async (world) => {
    const { ask, by } = await naming(world)
    return { by, ask, succeeds: 201 }
  },
  "DELETE /account/stand-ins/{standInId}": async (world) => {
    const { ask, by } = await naming(world)
    const { standInId } = (await ask(by)).body
    return { by, ask: (who) => who.delete(`/api/v1/account/stand-ins/${standInId}`), succeeds: 200 }
  },
  "POST /approvals/{approvalId}/break-glass": async (world) => {
    const { path, body } = await waiting(world)
    const { caller: by } = await makePerson(world, { role: "admin" })
    return { by, ask: (who) => who.post(path, body), succeeds: 201 }
  },
  "POST /approvals/{approvalId}/break-glass/confirm": async (world) => {
    const { path, body } = await waiting(world)
    await begin(world, path, body)
    const { caller: by } = await makePerson(world, { role: "admin" })
    return { by, ask: (who) => who.post(`${path}/confirm`, body), succeeds: 200 }
  },
  "DELETE /approvals/{approvalId}/break-glass": async (world) => {
    const { path, body } = await waiting(world)
    await begin(world, path, body)
    const { caller: by } = await makePerson(world, { role: "admin" })
    return { by, ask: (who) => who.delete(path), succeeds: 200 }
  },
  "PUT /approvals/{approvalId}/break-glass/seen": async (world) => {
    const { path, body } = await waiting(world)
    await begin(world, path, body)
    const { caller } = await makePerson(world, { role: "admin" })
    const confirmed = await caller.post(`${path}/confirm`, body)
    if (confirmed.status !== 200) throw new Error(confirmed.text)
    const { caller: by } = await makePerson(world, { role: "auditor" })
    return { by, ask: (who) => who.put(`${path}/seen`), succeeds: 200 }
  },
  "DELETE /agencies/{agencyId}/break-glass": async (world) => {
    await switchedOn(world)
    const path = `/api/v1/agencies/${world.ours.agencyId}/break-glass`
    return { by: await world.as("owner"), ask: (who) => who.delete(path), succeeds: 200 }
  },
}

async function naming(world: World): Promise<Omit<Write, "succeeds">> {
  const { agencyId, tenantId } = world.ours
  const { caller: by } = await makePerson(world, { role: "reviewer", tenantId })
  const { personId } = await makePerson(world, { role: "auditor", tenantId })
  const endsAt = new Date(Date.now() + 5 * day).toISOString()

  return { by, ask: (who) => who.post("/api/v1/account/stand-ins", { agencyId, personId, endsAt }) }
}

/** It is off for good, for all but the superuser of a test. */
async function switchedOn({ su }: World): Promise<void> {
  await su.query(
    `ALTER TABLE agency DISABLE TRIGGER break_glass_stays_off;
     UPDATE agency SET break_glass_off_at = NULL, break_glass_off_by_id = NULL;
     ALTER TABLE agency ENABLE TRIGGER break_glass_stays_off`,
  )
}

async function waiting(world: World) {
  await switchedOn(world)
  const { approvalId, changeHash } = await pendingWrite(world.ours.key)
  const body = { changeHash, reason: "Both reviewers are asleep and the shop is down." }

  return { path: `/api/v1/approvals/${approvalId}/break-glass`, body }
}

async function begin(world: World, path: string, body: object): Promise<void> {
  const { caller } = await makePerson(world, { role: "admin" })
  const begun = await caller.post(path, body)
  if (begun.status !== 201) throw new Error(begun.text)
}
