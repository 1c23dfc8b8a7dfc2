import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Caller } from "../support/api"
import { pendingWrite } from "../support/calls"
import { approvedWrite } from "../support/deciding"
import { leavesOf, makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let owner: Caller
let admin: Caller
let path: string

beforeAll(async () => {
  world = await startWorld()
  owner = await world.as("owner")
  admin = await world.as("admin")
  path = `/api/v1/tenants/${world.ours.tenantId}`
})

afterAll(() => world.close())

describe("a new client", () => {
  test("is there at once, with a log that begins with who can act in it", async () => {
    const created = await admin.post("/api/v1/tenants", { name: "New Client" })
    expect(created).toMatchObject({
      status: 201,
      body: { name: "New Client", status: "active", policyVersion: 1 },
    })
    const { tenantId } = created.body
    expect((await admin.get(`/api/v1/tenants/${tenantId}`)).body).toEqual(created.body)

    const leaves = await leavesOf(world, tenantId)
    expect(leaves[0]?.body).toMatchObject({
      type: "tenant.created",
      subject: { kind: "tenant", id: tenantId },
    })
    expect(leaves.slice(1).map(({ body }) => [body.type, body.fields["role"]])).toEqual(
      expect.arrayContaining(["owner", "admin", "reviewer", "auditor"].map((role) => ["member.added", role])),
    )
    expect(JSON.stringify(leaves.map(({ body }) => body))).not.toContain("New Client")
  })

  test("is made by owners and admins of the agency, and of no other", async () => {
    const { tenantId } = world.ours
    const clientAdmin = (await makePerson(world, { role: "admin", tenantId })).caller
    const nobody = (await makePerson(world, { role: null })).caller
    for (const who of [await world.as("reviewer"), await world.as("auditor"), clientAdmin, nobody]) {
      expect(await who.post("/api/v1/tenants", { name: "X" })).toMatchObject({ status: 403 })
    }
    const foreign = await owner.post("/api/v1/tenants", { name: "X", agencyId: world.theirs.agencyId })
    const missing = await owner.post("/api/v1/tenants", {
      name: "X",
      agencyId: "agc_01J00000000000000000000000",
    })
    expect([foreign.status, foreign.body.detail]).toEqual([404, missing.body.detail])
  })

  test("of somebody with two agencies has to name one", async () => {
    const both = await makePerson(world, { role: "owner" })
    await world.su.query(
      "INSERT INTO membership (membership_id, agency_id, person_id, role) VALUES ('mem_both', $1, $2, 'owner')",
      [world.theirs.agencyId, both.personId],
    )
    expect(await both.caller.post("/api/v1/tenants", { name: "X" })).toMatchObject({
      status: 422,
      body: { reasons: [{ code: "agency_required", path: "/agencyId" }] },
    })
    const named = await both.caller.post("/api/v1/tenants", { name: "X", agencyId: world.theirs.agencyId })
    expect(named).toMatchObject({ status: 201, body: { agencyId: world.theirs.agencyId } })
  })

  test.each([
    {},
    { name: "" },
    { name: " x" },
    { name: "a\u200bb" },
    { name: "x".repeat(121) },
    { name: "x", a: 1 },
  ])("is not made of %j", async (body) => {
    expect((await owner.post("/api/v1/tenants", body)).status).toBe(422)
  })
})

describe("a client's name", () => {
  test("can be changed, and the log commits to both names", async () => {
    const { value, leaves } = await newLeaves(world, () => admin.patch(path, { name: "Acme Dental Care" }))
    expect(value).toMatchObject({ status: 200, body: { name: "Acme Dental Care", status: "active" } })
    expect(leaves.map(({ body }) => [body.type, Object.keys(body.fields)])).toEqual([
      ["tenant.changed", ["from", "to"]],
    ])
    expect((await admin.patch(path, { name: "Acme Dental Care" })).body.code).toBe("conflict")
    await admin.patch(path, { name: "Acme Dental" })
  })

  test.each([{}, { name: null }, { status: "deleted" }, { tenantId: "x" }])(
    "is not changed by %j",
    async (body) => {
      expect((await admin.patch(path, body)).status).toBe(422)
    },
  )

  test("is not for reviewers, auditors, or the client's own admin", async () => {
    const clientAdmin = (await makePerson(world, { role: "admin", tenantId: world.ours.tenantId })).caller
    for (const who of [await world.as("reviewer"), await world.as("auditor"), clientAdmin]) {
      const { value, leaves } = await newLeaves(world, () =>
        who.patch(path, { name: "Mine", status: "suspended" }),
      )
      expect(value).toMatchObject({ status: 403, body: { code: "forbidden" } })
      expect(leaves.map(({ type }) => type)).toEqual(["request.refused"])
    }
  })
})

describe("suspending a client", () => {
  test("stops its keys at once, cancels what is open with a leaf each, and can be taken back", async () => {
    const reviewer = await world.as("reviewer")
    const pending = await pendingWrite(world.ours.key)
    const approved = await approvedWrite(world.ours.key, reviewer)
    const polling = world.ours.key.get(`/api/v1/approvals/${pending.approvalId}?wait=20`)
    const watching = reviewer.get(`/api/v1/approvals/${pending.approvalId}?wait=20`)

    const { value, leaves } = await newLeaves(world, () => owner.patch(path, { status: "suspended" }))
    const suspendedAt = Date.now()
    expect(value).toMatchObject({ status: 200, body: { status: "suspended" } })
    expect((await polling).status).toBe(401)
    expect((await watching).body).toMatchObject({ status: "cancelled" })
    expect(Date.now() - suspendedAt).toBeLessThan(2_500)
    expect((await world.ours.key.get("/api/v1/approvals")).status).toBe(401)

    const [first, ...rest] = leaves.map(({ body }) => body)
    expect(first?.type).toBe("tenant.suspended")
    expect(rest.map(({ type, subject, fields }) => [type, subject.id, fields["code"]])).toEqual(
      expect.arrayContaining(
        [pending, approved].map(({ approvalId }) => ["approval.cancelled", approvalId, "tenant_suspended"]),
      ),
    )

    const resumed = await newLeaves(world, () => owner.patch(path, { status: "active" }))
    expect(resumed.leaves.map(({ type }) => type)).toEqual(["tenant.resumed"])
    const found = await world.ours.key.get(`/api/v1/approvals/${approved.approvalId}`)
    expect(found).toMatchObject({ status: 200, body: { status: "cancelled" } })
  })

  test("is a stop like the kill switch's: listed with its reason to everybody in it, and lifted by who may", async () => {
    const inside = (await makePerson(world, { role: "admin", tenantId: world.ours.tenantId })).caller
    const reason = "The contract has ended."
    expect((await owner.patch(path, { status: "suspended", reason })).status).toBe(200)
    const [stop] = (await inside.get("/api/v1/kill")).body.items
    expect(stop).toMatchObject({ scope: "tenant", tenantId: world.ours.tenantId, reason, mayLift: false })
    expect((await inside.delete(`/api/v1/kill/${stop.stopId}`)).body.code).toBe("forbidden")
    expect((await owner.post("/api/v1/kill", killing())).body.stopped[0]).toMatchObject({
      ...{ stopId: stop.stopId, wasStopped: true },
    })

    const { value, leaves } = await newLeaves(world, () => owner.delete(`/api/v1/kill/${stop.stopId}`))
    expect(value.body.restored).toEqual([world.ours.tenantId])
    expect(leaves.map(({ type }) => type)).toEqual(["tenant.resumed"])
    expect((await world.ours.key.get("/api/v1/approvals")).status).toBe(200)

    await owner.patch(path, { status: "suspended" })
    await owner.patch(path, { status: "active" })
    expect((await inside.get("/api/v1/kill")).body.items).toEqual([])
    expect((await owner.patch(path, { status: "active", reason })).body).toMatchObject({
      ...{ code: "invalid_request", reasons: [{ path: "/reason" }] },
    })
  })

  const killing = () => ({ scope: "tenant", ids: [world.ours.tenantId], reason: "Stop." })

  test("touches no other client", async () => {
    const theirs = await pendingWrite(world.key(1))
    await owner.patch(path, { status: "suspended" })
    expect((await world.key(1).get(`/api/v1/approvals/${theirs.approvalId}`)).body.status).toBe("pending")
    await owner.patch(path, { status: "active" })
  })

  test("what slipped in while it was suspended is cancelled when it resumes", async () => {
    const slipped = await pendingWrite(world.ours.key)
    await world.su.query("UPDATE tenant SET status = 'suspended' WHERE tenant_id = $1", [world.ours.tenantId])
    const { leaves } = await newLeaves(world, () => owner.patch(path, { status: "active" }))

    expect(leaves.map(({ type }) => type)).toContain("approval.cancelled")
    expect((await world.ours.key.get(`/api/v1/approvals/${slipped.approvalId}`)).body.status).toBe(
      "cancelled",
    )
  })

  test("by two at once happens once", async () => {
    const { leaves, value } = await newLeaves(world, () =>
      Promise.all([1, 2, 3].map(() => owner.patch(path, { status: "suspended" }))),
    )
    expect(value.map(({ status }) => status).sort()).toEqual([200, 409, 409])
    expect(leaves.filter(({ type }) => type === "tenant.suspended")).toHaveLength(1)
    await owner.patch(path, { status: "active" })
  })
})

test("people list the clients they may see, page by page", async () => {
  const { caller } = await makePerson(world, { role: "reviewer", tenantId: world.ours.tenantId })
  expect((await caller.get("/api/v1/tenants")).body).toMatchObject({
    items: [{ tenantId: world.ours.tenantId }],
    nextCursor: null,
  })
  const all = (await owner.get("/api/v1/tenants")).body.items
  const after = await owner.get(`/api/v1/tenants?cursor=${all[0].tenantId}`)
  expect(after.body.items).toEqual(all.slice(1))
})
