import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Caller } from "../support/api"
import { approve } from "../support/calls"
import { kill, openPair, statusesOf } from "../support/stopping"
import { leavesOf, makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let owner: Caller
let reviewer: Caller
let tenantId: string

beforeAll(async () => {
  world = await startWorld()
  owner = await world.as("owner")
  reviewer = await world.as("reviewer")
  tenantId = world.ours.tenantId
})

afterAll(() => world.close())

describe("the agency", () => {
  const other = () => world.demo.tenants[1]?.tenantId ?? ""
  const active = async (): Promise<string[]> =>
    (
      await world.su.query<{ tenant_id: string }>(
        "SELECT tenant_id FROM tenant WHERE status = 'active' AND agency_id = $1 ORDER BY 1",
        [world.ours.agencyId],
      )
    ).rows.map((row) => row.tenant_id)

  test("stops every client with a leaf in each log; lifting restores exactly those that it suspended", async () => {
    await owner.patch(`/api/v1/tenants/${other()}`, { status: "suspended" })
    const before = await active()
    const open = await openPair(world.ours.key, reviewer)
    const { value, leaves } = await newLeaves(world, () => kill(owner, "agency", world.ours.agencyId))
    expect([value.status, value.text]).toEqual([200, value.text])
    const { stopId } = value.body.stopped[0]
    expect(leaves.map(({ type }) => type).slice(0, 2)).toEqual(["agency.stopped", "tenant.suspended"])
    expect(leaves.filter(({ type }) => type === "approval.cancelled").length).toBeGreaterThanOrEqual(2)
    expect(await statusesOf(world, ...open)).toEqual(["cancelled agency_stopped", "cancelled agency_stopped"])
    expect((await leavesOf(world, other())).at(-1)?.type).toBe("agency.stopped")
    expect(await active()).toEqual([])
    expect((await world.theirs.key.get("/api/v1/approvals")).status).toBe(200)

    // The switch holds: no way round it.
    for (const refused of [
      await owner.patch(`/api/v1/tenants/${tenantId}`, { status: "active" }),
      await owner.post("/api/v1/tenants", { name: "Round it" }),
    ]) {
      expect([refused.status, refused.body.code]).toEqual([409, "agency_stopped"])
    }
    expect((await kill(owner, "agency", world.ours.agencyId)).body.stopped[0]).toMatchObject({
      ...{ stopId, wasStopped: true },
    })

    expect((await owner.delete(`/api/v1/kill/${stopId}`)).body).toMatchObject({
      scope: "agency",
      restored: before,
    })
    expect(await active()).toEqual(before)
    expect(before).not.toContain(other())
    expect((await approve(reviewer, open[0])).body.code).toBe("approval_closed")
  })

  test("a client stopped by itself meanwhile stays stopped after the agency's lift", async () => {
    const { stopId } = (await kill(owner, "agency", world.ours.agencyId)).body.stopped[0]
    const own = (await kill(owner, "tenant", tenantId)).body.stopped[0].stopId
    expect((await owner.delete(`/api/v1/kill/${own}`)).body.code).toBe("agency_stopped")
    expect((await owner.delete(`/api/v1/kill/${stopId}`)).body.restored).not.toContain(tenantId)
    expect((await owner.delete(`/api/v1/kill/${own}`)).body.restored).toEqual([tenantId])
  })

  test("a client's own admin cannot stop it, and is not told why it was", async () => {
    const admin = (await makePerson(world, { role: "admin", tenantId })).caller
    expect((await kill(admin, "agency", world.ours.agencyId)).status).toBe(404)
    const { stopId } = (await kill(owner, "agency", world.ours.agencyId)).body.stopped[0]
    const [seen] = (await admin.get("/api/v1/kill")).body.items
    expect(seen).toMatchObject({ stopId, scope: "agency", reason: null, stoppedBy: null, mayLift: false })
    expect((await admin.delete(`/api/v1/kill/${stopId}`)).body.code).toBe("forbidden")
    await owner.delete(`/api/v1/kill/${stopId}`)
  })
})
