import { afterAll, beforeAll, expect, test } from "vitest"
import type { Caller } from "../support/api"
import { openRun, pendingWrite } from "../support/calls"
import { holdLock, someoneWaits } from "../support/locks"
import { kill, statusesOf } from "../support/stopping"
import { leavesOf, makeKey, makeTool, startWorld, type World } from "../support/world"

let world: World
let owner: Caller
let ours: string
/** Another client of our agency; its id comes after or before ours, as it happens. */
let other: string

beforeAll(async () => {
  world = await startWorld()
  owner = await world.as("owner")
  ours = world.ours.tenantId
  other = world.demo.tenants[1]?.tenantId ?? ""
})

afterAll(() => world.close())

const statusOf = async (tenantId: string) =>
  (await world.su.query("SELECT status FROM tenant WHERE tenant_id = $1", [tenantId])).rows[0].status
const leafCount = async () => [(await leavesOf(world, ours)).length, (await leavesOf(world, other)).length]

test("two clients are stopped by one transaction, with a leaf in the log of each", async () => {
  const pending = await pendingWrite(world.ours.key)
  const { body } = await kill(owner, "tenant", other, ours)
  expect(body.stopped).toMatchObject([
    { id: other, wasStopped: false },
    { id: ours, wasStopped: false, cancelledApprovals: 1 },
  ])
  const { rows } = await world.su.query("SELECT DISTINCT xmin::text FROM stop WHERE lifted_at IS NULL")
  expect(rows).toHaveLength(1)
  for (const tenantId of [ours, other]) {
    const types = (await leavesOf(world, tenantId)).map(({ type }) => type)
    expect(types.filter((type) => type === "tenant.suspended")).toHaveLength(1)
  }
  expect(await statusesOf(world, pending)).toEqual(["cancelled tenant_suspended"])
  for (const { stopId } of body.stopped) await owner.delete(`/api/v1/kill/${stopId}`)
})

test("where one of them cannot be stopped, none is, and no log says that it was", async () => {
  const [first = "", last = ""] = [ours, other].sort()
  const before = await leafCount()
  const held = await holdLock(world, "SELECT 1 FROM tenant WHERE tenant_id = $1 FOR UPDATE", [last])
  const asked = kill(owner, "tenant", first, last)
  await someoneWaits(world)
  expect((await asked).status).toBe(503)
  expect([await statusOf(first), await leafCount()]).toEqual(["active", before])
  await held.release()

  const { body } = await kill(owner, "tenant", first, last)
  expect([await statusOf(first), await statusOf(last)]).toEqual(["suspended", "suspended"])
  for (const { stopId } of body.stopped) await owner.delete(`/api/v1/kill/${stopId}`)
})

test("runs, keys and tools too, those that had ended before among them", async () => {
  const { key } = world.ours
  const runs = [await openRun(key), await openRun(key)]
  await kill(owner, "run", runs[0] ?? "")
  expect((await kill(owner, "run", ...runs)).body.stopped).toMatchObject([
    { id: runs[0], wasStopped: true, cancelledApprovals: 0 },
    { id: runs[1], wasStopped: false },
  ])

  const keys = [await makeKey(world), await makeKey(world)]
  const pending = await pendingWrite(keys[1]?.caller ?? key)
  const stopped = await kill(owner, "key", ...keys.map(({ keyId }) => keyId))
  expect(stopped.body.stopped.map(({ cancelledApprovals }: any) => cancelledApprovals)).toEqual([0, 1])
  expect(await statusesOf(world, pending)).toEqual(["cancelled key_revoked"])
  const revoked = (await leavesOf(world, ours)).filter(({ type }) => type === "key.revoked")
  expect(revoked).toHaveLength(2)

  for (const name of ["one", "two"]) await makeTool(world, { name })
  const tools = await kill(owner, "tool", `${ours}/workspace/two`, `${ours}/workspace/one/1.0.0`)
  expect(tools.body.stopped).toMatchObject([{ wasStopped: false }, { wasStopped: false }])
  const { rows } = await world.su.query(
    "SELECT DISTINCT xmin::text FROM tool WHERE name IN ('one', 'two') AND status = 'suspended'",
  )
  expect(rows).toHaveLength(1)
})

test("two who stop the same clients at once, in either order, both get the same stops", async () => {
  const [one, two] = await Promise.all([
    kill(owner, "tenant", ours, other),
    kill(owner, "tenant", other, ours),
  ])
  const stops = ({ body }: typeof one) =>
    body.stopped.map(({ id, stopId }: any) => `${id} ${stopId}`).sort() as string[]
  expect([one.status, two.status, stops(one)]).toEqual([200, 200, stops(two)])
  for (const { stopId } of one.body.stopped) await owner.delete(`/api/v1/kill/${stopId}`)
})

test("agencies are stopped one at a time", async () => {
  const { body } = await kill(owner, "agency", world.ours.agencyId, world.theirs.agencyId)
  expect(body.code).toBe("not_found")
  expect(await statusOf(ours)).toBe("active")
})

test("what is made of an approval as its key is killed ends with it", async () => {
  const { keyId, caller } = await makeKey(world)
  const [whole, part] = [await pendingWrite(caller), await pendingWrite(caller)]
  await world.su.query("UPDATE approval SET status = 'denied' WHERE approval_id = $1", [part.approvalId])
  // As who approves in part does: the one ends, and in the same moment there is the other.
  const approving = await holdLock(
    world,
    "UPDATE approval SET status = CASE approval_id WHEN $1 THEN 'denied' ELSE 'pending' END WHERE approval_id IN ($1, $2)",
    [whole.approvalId, part.approvalId],
  )
  const killing = kill(owner, "key", keyId)
  await someoneWaits(world)
  await approving.release()

  expect((await killing).body.stopped).toMatchObject([{ cancelledApprovals: 1 }])
  expect(await statusesOf(world, part)).toEqual(["cancelled key_revoked"])
})
