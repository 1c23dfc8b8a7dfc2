import { afterAll, beforeAll, expect, test } from "vitest"
import type { PersonActor } from "@/lib/access/actor"
import { principalOfSession } from "@/lib/members/sessions.service"
import { newId } from "@/lib/operations/new-id"
import { runPage } from "@/lib/runs/run-page.queries"
import { aWrite, openRun, pendingWrite } from "../support/calls"
import { putInForce } from "../support/rules"
import { makePerson, startWorld, until, type World } from "../support/world"

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(async () => {
  await world.close()
})

test("shows a run with its names and events to everybody in its tenant, whatever their role", async () => {
  const { runId } = await pendingWrite(world.ours.key)
  for (const role of ["owner", "admin", "reviewer", "auditor"] as const) {
    const { run, events, nextCursor } = await runPage(await personWith({ role }), runId)
    expect(run).toMatchObject({
      runId,
      tenantName: "Acme Dental",
      workflow: "nightly-content",
      agent: "claude",
      status: "open",
      operatorName: "Olivia Park",
    })
    expect(events.map(({ eventType }) => eventType)).toEqual(["run.opened", "tool_call.pending"])
    expect(nextCursor).toBeNull()
  }
})

test("a stranger, a person without a role and a run that does not exist get the same answer", async () => {
  const runId = await openRun(world.ours.key)
  const { agencyId } = world.theirs
  const [stranger, nobody] = [await personWith({ role: "owner", agencyId }), await personWith({ role: null })]
  const insider = await personWith({ role: "owner" })

  await expect(runPage(insider, runId)).resolves.toBeTruthy()
  for (const [person, id] of [
    [stranger, runId],
    [nobody, runId],
    [insider, newId("run")],
    [insider, "run_' OR 1=1"],
  ] as const) {
    await expect(runPage(person, id)).rejects.toMatchObject({ code: "not_found" })
  }
  await expect(runPage(insider, runId, "nowhere")).rejects.toMatchObject({ code: "invalid_cursor" })
})

test("shows what is used of each limit, what tainted the run, and which tools it asked for in vain", async () => {
  const opened = await world.ours.key.post("/api/v1/runs", {
    environment: "prod",
    workflow: "nightly-content",
    actor: { agent: "claude" },
    tools: [
      { server: "workspace", name: "write_file" },
      { server: "workspace", name: "unheard_of" },
    ],
    limits: { toolCalls: 5, wallTimeSeconds: 3_600 },
  })
  const runId = String(opened.body.runId)
  await world.ours.key.post("/api/v1/tool-calls", aWrite(runId))
  await world.ours.key.post(`/api/v1/runs/${runId}/taint`)

  const owner = await personWith({ role: "owner" })
  const { rules, taint } = await runPage(owner, runId)
  const [calls, time] = rules.limits
  expect(calls).toEqual({ name: "toolCalls", limit: 5, used: 1 })
  expect(time).toMatchObject({ name: "wallTimeSeconds", limit: 3_600 })
  expect(rules.allowed.map(({ server, name }) => `${server}/${name}`)).toEqual(["workspace/write_file"])
  expect(rules.refused).toEqual(["workspace/unheard_of"])
  expect(taint).toMatchObject({ by: null })

  await world.ours.key.post(`/api/v1/runs/${runId}/close`)
  expect((await runPage(owner, runId)).rules.limits[0]).toEqual({ name: "toolCalls", limit: 5, used: null })
})

test("shows what is used of the limits that a run shares with others, and nothing that the policy does not say", async () => {
  const limits =
    "{tenant: {pendingApprovals: 9}, reviewer: {pendingApprovals: 100}, tools: [{server: workspace, tool: '*', perMinute: 40}]}"
  await putInForce(world, `rules: [{name: all, effect: require_approval}]\nlimits: ${limits}\n`)
  const runId = await openRun(world.ours.key)
  const owner = await personWith({ role: "owner" })
  await pendingWrite(world.ours.key)
  let shared: Awaited<ReturnType<typeof runPage>>["shared"] = []
  // The minute may end between the call and the look.
  await until("a call counts in this minute", async () => {
    await world.ours.key.post("/api/v1/tool-calls", aWrite(runId))
    shared = (await runPage(owner, runId)).shared
    return shared.some(({ tool, used }) => tool === "workspace/write_file" && used > 0)
  })
  expect(shared).toContainEqual({ name: "pendingApprovals", tool: null, limit: 9, used: expect.any(Number) })
  const forEach = shared.find(({ name }) => name === "pendingForEach")
  expect(forEach?.limit).toBeGreaterThanOrEqual(100)
  expect((forEach?.limit ?? 1) % 100).toBe(0)
  expect(shared.find(({ tool }) => tool === null)?.used).toBeGreaterThanOrEqual(2)
  expect(shared.filter(({ name }) => name === "messagesPerDay")).toEqual([])

  await world.ours.key.post(`/api/v1/runs/${runId}/close`)
  expect((await runPage(owner, runId)).shared).toEqual([])
})

async function personWith(options: Parameters<typeof makePerson>[1]): Promise<PersonActor> {
  const { sessionId } = await makePerson(world, options)
  const person = await principalOfSession(sessionId)
  if (person === null) throw new Error("The session of a person just made is gone.")
  return person
}
