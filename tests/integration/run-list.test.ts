import { afterAll, beforeAll, expect, test } from "vitest"
import type { PersonActor } from "@/lib/access/actor"
import { principalOfSession } from "@/lib/members/sessions.service"
import { listRuns } from "@/lib/runs/run-list.queries"
import type { Caller } from "../support/api"
import { aWrite, openRun, pendingWrite, readFile } from "../support/calls"
import { keyCaller, makeKey, makePerson, startWorld, type World } from "../support/world"

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(async () => {
  await world.close()
})

test("a run is listed with what was called in it, what waits and what was refused", async () => {
  const { key } = world.ours
  const { runId } = await pendingWrite(key)
  await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: "a.txt" } })
  await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: 5 } })
  const over = await key.post("/api/v1/tool-calls", aWrite(runId))
  await key.post(`/api/v1/approvals/${String(over.body.approval.approvalId)}/cancel`)

  const { items } = await listRuns(await personWith({ role: "auditor" }), {})
  expect(items[0]).toMatchObject({
    runId,
    tenantName: "Acme Dental",
    environment: "prod",
    workflow: "nightly-content",
    status: "open",
    agent: "claude",
    closedAt: null,
    calls: 4,
    denied: 1,
    pending: 1,
  })
})

test("the newest come first over all tenants, a page at a time, each run once", async () => {
  const person = await personWith({ role: "reviewer" })
  const [acme, brightside] = [world.key(0), world.key(1)]
  const opened: string[] = []
  for (let at = 0; at < 30; at += 1) opened.push(await openRun(acme), await openRun(brightside))

  const first = await listRuns(person, {})
  expect(first.items).toHaveLength(50)
  expect(first.items.map(({ runId }) => runId)).toEqual(opened.toReversed().slice(0, 50))
  const second = await listRuns(person, { cursor: first.nextCursor ?? "" })
  const both = [...first.items, ...second.items].map(({ runId }) => runId)
  expect(new Set(both).size).toBe(both.length)
  expect(both).toEqual(both.toSorted().toReversed())
  expect(second.nextCursor).toBeNull()
})

test("shows only the status, the environment and the tenant that are asked for", async () => {
  const person = await personWith({ role: "owner" })
  const [closed, inDev] = [await openRun(world.key(1)), await openRun(world.key(1), { environment: "dev" })]
  await world.key(1).post(`/api/v1/runs/${closed}/close`)
  const { tenantId } = world.demo.tenants[1] ?? { tenantId: "" }

  const asked = async (filter: Parameters<typeof listRuns>[1]) =>
    (await listRuns(person, { tenantId, ...filter })).items
  expect((await asked({ status: "closed" })).map(({ runId }) => runId)).toEqual([closed])
  expect((await asked({ environment: "dev" })).map(({ runId }) => runId)).toEqual([inDev])
  expect((await asked({})).every((run) => run.tenantId === tenantId)).toBe(true)
  expect((await asked({ environment: "staging" })).length).toBe(0)
})

test("nobody sees a run of a tenant that they have no part in, not even by naming it", async () => {
  await openRun(world.theirs.key)
  const { tenantId, agencyId } = world.theirs
  const insider = await personWith({ role: "owner" })

  expect((await listRuns(insider, { tenantId })).items).toEqual([])
  expect((await listRuns(insider, {})).items.some((run) => run.tenantId === tenantId)).toBe(false)
  const stranger = await personWith({ role: "owner", agencyId })
  expect((await listRuns(stranger, {})).items.every((run) => run.tenantId === tenantId)).toBe(true)
  const nobody = await personWith({ role: null })
  expect((await listRuns(nobody, {})).items).toEqual([])
  const pretender = { ...nobody, tenants: insider.tenants }
  expect((await listRuns(pretender, {})).items).toEqual([])
})

test.each(["nowhere", "run_' OR 1=1", ""])("refuses the cursor %j", async (cursor) => {
  const person = await personWith({ role: "reviewer" })
  await expect(listRuns(person, { cursor })).rejects.toMatchObject({ code: "invalid_cursor" })
})

async function personWith(options: Parameters<typeof makePerson>[1]): Promise<PersonActor> {
  const { sessionId } = await makePerson(world, options)
  const person = await principalOfSession(sessionId)
  if (person === null) throw new Error("The session of a person just made is gone.")
  return person
}

test("over REST a key lists the runs of its environments, a run token its own, a person all of theirs", async () => {
  const { caller: prod } = await makeKey(world, { environments: ["prod"] })
  const inProd = await openRun(world.ours.key, { workflow: "listed" })
  const inDev = await openRun(world.ours.key, { workflow: "listed", environment: "dev" })
  const { caller: owner } = await makePerson(world, { role: "owner" })
  const idsOf = async (who: Caller, filter = ""): Promise<string[]> => {
    const { status, body, text } = await who.get(`/api/v1/runs?${filter}`)
    expect(status, text).toBe(200)
    return body.items.map(({ runId }: { runId: string }) => runId)
  }
  expect((await idsOf(owner)).slice(0, 2)).toEqual([inDev, inProd])
  expect(await idsOf(owner, "environment=dev&status=open")).toContain(inDev)
  expect(await idsOf(owner, `tenantId=${world.theirs.tenantId}`)).toEqual([])
  expect((await idsOf(prod))[0]).toBe(inProd)
  expect(await idsOf(prod, "environment=dev")).toEqual([])
  expect(await idsOf(world.theirs.key)).not.toContain(inProd)

  const token = await prod.post(`/api/v1/runs/${inProd}/token`)
  expect(await idsOf(keyCaller(world.url, token.body.runToken))).toEqual([inProd])
  expect((await owner.get("/api/v1/runs?cursor=nothing")).body.code).toBe("invalid_cursor")
  expect((await owner.get("/api/v1/runs?status=lost")).body.code).toBe("invalid_request")
})
