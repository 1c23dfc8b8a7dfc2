import { afterEach, beforeEach, expect, test } from "vitest"
import { createGuard, DeltasealClient, type GuardOptions } from "@deltaseal/guard"
import { apiKey, approve, ids, problem, startSmallServer, writeFileTool } from "./support/small-server.ts"
import type { SmallServer } from "./support/small-server.ts"
import { runTokenOf } from "./support/small-requests.ts"
import { after, aWorkspace, type Workspace } from "./support/workspace.ts"

let server: SmallServer
let workspace: Workspace
beforeEach(async () => {
  server = await startSmallServer()
  workspace = await aWorkspace()
})
afterEach(async () => {
  await server.stop()
  await workspace.remove()
})

const handedOver = runTokenOf(0)

const tokenGuard = (more: Partial<GuardOptions> = {}) =>
  createGuard({
    url: server.url,
    runToken: handedOver,
    server: { name: "workspace" },
    run: { runId: ids.runId },
    stateDirectory: workspace.stateDirectory,
    retryMilliseconds: 5,
    ...more,
  })

/** Who the requests came from, in order, each sender once in a row. */
const senders = () =>
  server.state.requests
    .filter(({ path }) => path.startsWith("/api/"))
    .map(({ authorization }) => authorization?.replace("Bearer ", ""))
    .filter((sender, index, all) => sender !== all[index - 1])

test("a guard with a run token renews it first and does the main job with the new one", async () => {
  server.state.onPoll = (approval) => approve(approval)
  const { guard, close } = tokenGuard()
  const write = guard(writeFileTool, workspace.handlers)
  const result = await write({ path: "a.txt", content: after })

  expect(result.isError).not.toBe(true)
  expect(await workspace.read()).toBe(after)
  expect(senders()).toEqual([handedOver, runTokenOf(1)])
  await close()
})

test("it renews again before the token expires, until it is closed", async () => {
  server.state.tokenSeconds = 2
  const { read, close } = tokenGuard()
  await read(writeFileTool, () => ({}))({})
  await expect.poll(() => server.state.tokens.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(3)

  await close()
  const given = server.state.tokens.length
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  expect(server.state.tokens).toHaveLength(given)
})

test("a renewal that fails is told to whoever runs the guard, and never holds a token", async () => {
  const warnings: string[] = []
  server.state.tokenSeconds = 2
  const { read, close } = tokenGuard({ attemptsMax: 1, onWarning: (warning) => void warnings.push(warning) })
  await read(writeFileTool, () => ({}))({})
  server.state.intercept = ({ path }) => (path.endsWith("/token") ? problem(503, "unavailable") : undefined)
  await expect.poll(() => warnings.length, { timeout: 5_000 }).toBe(1)

  expect(warnings[0]).toContain("The run token was not renewed")
  expect(warnings[0]).not.toContain("dsl_run_")
  await close()
})

test("a client with the key hands out tokens and goes on with its key", async () => {
  const client = new DeltasealClient({ url: server.url, apiKey })
  const token = await client.renewRunToken(ids.runId)
  expect(token.runToken).toBe(runTokenOf(1))
  expect(token.expiresAt.getTime()).toBeGreaterThan(Date.now() + 800_000)
  await client.getRun(ids.runId)
  expect(senders()).toEqual([apiKey])
})

test.each([
  ["both a key and a token", { apiKey, runToken: handedOver }],
  ["neither", {}],
  ["a key for a token", { runToken: apiKey }],
  ["a token for a key", { apiKey: handedOver }],
])("%s is a mistake in the program", (_, credential) => {
  expect(() => new DeltasealClient({ url: server.url, ...credential })).toThrow(
    expect.objectContaining({ code: "invalid_configuration" }),
  )
})

test("a guard with a run token cannot open runs", () => {
  const run = { environment: "dev", workflow: "docs", actor: { agent: "writer" } } as const
  expect(() => tokenGuard({ run })).toThrow(expect.objectContaining({ code: "invalid_configuration" }))
})
