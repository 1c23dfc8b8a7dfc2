import { afterAll, beforeAll, expect, test } from "vitest"
import { approve, pendingWrite } from "../support/calls"
import { codes, vote } from "../support/deciding"
import { holdLock, someoneWaits } from "../support/locks"
import { approveParts, askForParts, makeAnyTool } from "../support/partials"
import { putInForce } from "../support/rules"
import { makePerson, startWorld, type World } from "../support/world"

let world: World

beforeAll(async () => {
  world = await startWorld()
  await makeAnyTool(world)
  await putInForce(world, "rules:\n  - name: all\n    effect: require_approval\n")
})
afterAll(() => world.close())

test("a stand-in comes too late for what is over, as anybody does", async () => {
  const [away, deputy] = [
    await makePerson(world, { role: "reviewer" }),
    await makePerson(world, { role: "auditor" }),
  ]
  const path = "/api/v1/account/stand-ins"
  const named = await away.caller.post(path, {
    ...{ agencyId: world.ours.agencyId, personId: deputy.personId },
    endsAt: new Date(Date.now() + 86_400_000).toISOString(),
  })
  const pending = await pendingWrite(world.ours.key)
  await approve(away.caller, pending)
  const votes = () => [
    approve(deputy.caller, pending),
    vote(deputy.caller, pending, { decision: "deny", reason: "No." }),
  ]
  expect(codes(await Promise.all(votes()))).toEqual(["approval_closed", "approval_closed"])
  await away.caller.delete(`${path}/${String(named.body.standInId)}`)
  expect(codes(await Promise.all(votes()))).toEqual(["forbidden", "forbidden"])
})

test("who loses their say while it ends hears that it is over, as who asks a moment later", async () => {
  const pending = await askForParts(world.ours.key)
  const { caller, personId } = await makePerson(world, { role: "reviewer" })
  const held = await holdLock(world, "SELECT FROM approval WHERE approval_id = $1 FOR UPDATE", [
    pending.approvalId,
  ])
  const cancelled = (await world.as("admin")).post(`/api/v1/approvals/${pending.approvalId}/cancel`)
  await someoneWaits(world)
  const late = approveParts(caller, pending, [1])
  await someoneWaits(world, 2)
  await world.su.query("UPDATE membership SET role = 'auditor' WHERE person_id = $1", [personId])
  await held.release()

  expect((await cancelled).status).toBe(200)
  expect((await late).body.code).toBe("approval_closed")
  expect((await approveParts(caller, pending, [1])).body.code).toBe("approval_closed")
})
