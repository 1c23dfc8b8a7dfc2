import { afterAll, beforeAll, expect, test } from "vitest"
import type { PersonActor } from "@/lib/access/actor"
import { principalOfSession } from "@/lib/members/sessions.service"
import { newId } from "@/lib/operations/new-id"
import { runPage } from "@/lib/runs/run-page.queries"
import { aWrite, openRun, pendingWrite } from "../support/calls"
import { makePerson, startWorld, type World } from "../support/world"

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

async function personWith(options: Parameters<typeof makePerson>[1]): Promise<PersonActor> {
  const { sessionId } = await makePerson(world, options)
  const person = await principalOfSession(sessionId)
  if (person === null) throw new Error("The session of a person just made is gone.")
  return person
}
