import { expect } from "vitest"
import { recoveriesEnd } from "./authenticator-writes"
import { everyWrite } from "./every-write"
import { carryOverHappens } from "./partials"
import type { World } from "./world"

/** What people administer, too; and what none of these writes does by itself. */
export async function everyWriteHappens(world: World): Promise<void> {
  for (const [name, prepare] of Object.entries(everyWrite)) {
    const { by, ask, succeeds } = await prepare(world)
    const reply = await ask(by)
    expect([name, reply.status], reply.text).toEqual([name, succeeds])
  }
  await recoveriesEnd(world)
  await carryOverHappens(world)
  const owner = await world.as("owner")
  const { agencyId } = world.ours
  const killed = await owner.post("/api/v1/kill", { scope: "agency", ids: [agencyId], reason: "Stop." })
  expect(await owner.delete(`/api/v1/kill/${killed.body.stopped[0].stopId}`)).toMatchObject({ status: 200 })
  for (const status of ["suspended", "active"]) {
    const tenant = `/api/v1/tenants/${world.ours.tenantId}`
    for (const path of [`${tenant}/tools/workspace/read_file/1.4.0`, tenant]) {
      expect(await owner.patch(path, { status })).toMatchObject({ status: 200 })
    }
  }
}
