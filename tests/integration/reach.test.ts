import { afterAll, beforeAll, expect, test } from "vitest"
import type { Caller } from "../support/api"
import { makePerson, startWorld, type World } from "../support/world"

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world.close())

test("nobody is signed out everywhere by who may not handle all that they are", async () => {
  const { tenantId, agencyId } = world.ours
  const [admin, owner] = [await world.as("admin"), await world.as("owner")]
  const { caller: clientAdmin } = await makePerson(world, { role: "admin", tenantId })
  const local = await makePerson(world, { role: "reviewer", tenantId })
  await world.su.query(
    "INSERT INTO membership (membership_id, agency_id, person_id, role) VALUES ('mem_also', $1, $2, 'owner')",
    [agencyId, local.personId],
  )
  const signOut = (who: Caller) => who.delete(`/api/v1/members/${local.membershipId}/sessions`)

  for (const who of [clientAdmin, admin]) expect((await signOut(who)).body.code).toBe("forbidden")
  expect((await local.caller.get("/api/v1/session")).status).toBe(200)
  expect((await signOut(owner)).body).toEqual({ ended: 1 })
})
