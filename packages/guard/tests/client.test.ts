import { inspect } from "node:util"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { createGuard, DeltasealClient, type ClientOptions } from "@deltaseal/guard"
import type { JsonObject } from "@deltaseal/guard/change"
import {
  apiKey,
  approve,
  deny,
  ids,
  problem,
  startSmallServer,
  writeFileTool,
} from "./support/small-server.ts"
import type { SmallServer } from "./support/small-server.ts"
import { aGuard, aWorkspace } from "./support/workspace.ts"

// Most of these wait for real time-outs; a busy machine adds to them.
vi.setConfig({ testTimeout: 20_000 })

let server: SmallServer
beforeEach(async () => {
  server = await startSmallServer()
})
afterEach(async () => {
  await server.stop()
})

const aClient = (more: Partial<ClientOptions> = {}) =>
  new DeltasealClient({ url: server.url, apiKey, retryMilliseconds: 2, timeoutSeconds: 5, ...more })
const aCall = {
  runId: ids.runId,
  tool: { server: "workspace", name: "write_file", version: "1.4.0" },
  input: { path: "a.txt" },
  parts: [
    {
      kind: "file" as const,
      target: { workspace: "main", path: "a.txt" },
      before: null,
      after: { text: "a" },
    },
  ],
}

describe("repeats", () => {
  test.each([502, 503, 504, 429])("what can be repeated after a %i", async (status) => {
    failFirst(2, () => problem(status, "unavailable"))
    expect((await aClient().getRun(ids.runId)).runId).toBe(ids.runId)
    expect(server.state.requests).toHaveLength(3)
  })

  test("what can be repeated after a lost answer, with the same bytes", async () => {
    const client = aClient()
    const approval = await anApproved(client)
    failFirst(1, () => "drop_after", "/consume")
    const { changeHash, approvalId } = approval
    const nonce = "ab".repeat(32)
    const spent = await client.consume(approvalId, {
      runId: ids.runId,
      changeHash,
      nonce,
      observed: [{ state: "absent" }],
    })

    expect(spent.replayed).toBe(true)
    const bodies = server.requestsTo("/consume").map((request) => request.body)
    expect(bodies).toHaveLength(2)
    expect(bodies[0]).toEqual(bodies[1])
  })

  test("a call to a tool when no connection was made", async () => {
    let attempts = 0
    const fetch: typeof globalThis.fetch = async (...request) => {
      if (++attempts === 1) throw new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } })
      return await globalThis.fetch(...request)
    }
    expect((await aClient({ fetch }).requestToolCall(aCall)).decision).toBe("pending")
    expect(server.requestsTo("tool-calls")).toHaveLength(1)
  })

  test.each([
    ["its answer is lost", () => "drop_after" as const],
    ["the server is unavailable", () => problem(503, "unavailable")],
    ["the same call is still under way", () => problem(409, "idempotency_in_flight")],
  ])("a call to a tool under one idempotency key when %s", async (_, fault) => {
    failFirst(1, fault)
    expect((await aClient().requestToolCall(aCall)).decision).toBe("pending")
    const [first, second, ...others] = server.requestsTo("tool-calls")
    expect(first?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/)
    expect(second).toEqual(first)
    expect(others).toEqual([])
  })

  test("another call to the same tool under another idempotency key", async () => {
    await aClient().requestToolCall(aCall)
    await aClient().requestToolCall(aCall)
    const keys = server.requestsTo("tool-calls").map(({ idempotencyKey }) => idempotencyKey)
    expect(new Set(keys).size).toBe(2)
  })

  test("not before Retry-After has passed", async () => {
    failFirst(1, () => problem(429, "limit_exceeded", {}, { "retry-after": "1" }))
    const started = performance.now()
    await aClient().getRun(ids.runId)
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)
  })

  test("not at all when Retry-After asks for more than a minute", async () => {
    failFirst(1, () => problem(429, "limit_exceeded", {}, { "retry-after": "3600" }))
    await expect(aClient().getRun(ids.runId)).rejects.toMatchObject({
      code: "limit_exceeded",
      retryAfterSeconds: 3600,
    })
    expect(server.state.requests).toHaveLength(1)
  })

  test("only so often", async () => {
    failFirst(100, () => problem(503, "unavailable"))
    await expect(aClient({ attemptsMax: 3 }).getRun(ids.runId)).rejects.toMatchObject({ status: 503 })
    expect(server.state.requests).toHaveLength(3)
  })
})

describe("refuses", () => {
  test("an answer that takes too long", async () => {
    const fetch: typeof globalThis.fetch = async (_, init) =>
      await new Promise((_done, fail) =>
        init?.signal?.addEventListener("abort", () => fail(new Error("aborted"))),
      )
    const client = aClient({ fetch, timeoutSeconds: 0.05, attemptsMax: 1 })
    await expect(client.getRun(ids.runId)).rejects.toMatchObject({ code: "timed_out" })
  })

  test.each([
    ["that names a member twice", '{"runId":"a","runId":"b"}'],
    ["that is not JSON", "<html>"],
    ["without what it needs", "{}"],
  ])("an answer %s", async (_, body) => {
    const fetch: typeof globalThis.fetch = () => Promise.resolve(new Response(body))
    await expect(aClient({ fetch }).getRun(ids.runId)).rejects.toMatchObject({ code: "invalid_answer" })
  })

  test("a redirect, which would take the key elsewhere", async () => {
    server.state.intercept = () => ({ status: 302, body: {}, headers: { location: "/elsewhere" } })
    await expect(aClient({ attemptsMax: 1 }).getRun(ids.runId)).rejects.toMatchObject({ code: "unreachable" })
    expect(server.requestsTo("/elsewhere")).toEqual([])
  })

  test.each([
    "http://deltaseal.example",
    "https://user:pass@deltaseal.example",
    "https://deltaseal.example/path",
    "not a url",
  ])("%s as the place to send the key to", (url) => {
    expect(() => aClient({ url })).toThrow(expect.objectContaining({ code: "invalid_configuration" }))
  })
})

describe("waiting", () => {
  test("goes on over a server that is away, until someone decides", async () => {
    const client = aClient({ attemptsMax: 1 })
    const { approvalId } = await anApproval(client)
    let polls = 0
    server.state.intercept = ({ path }) => (path.includes("?wait=") && ++polls < 3 ? "drop" : undefined)
    server.state.onPoll = deny
    const decided = await client.waitForDecision(approvalId, { deadline: new Date(Date.now() + 20_000) })
    expect(decided).toMatchObject({
      status: "denied",
      votes: [expect.objectContaining({ name: "Rhea Novak" })],
    })
    expect(polls).toBe(3)
  })

  test("ends at the deadline", async () => {
    const client = aClient()
    const { approvalId } = await anApproval(client)
    const wait = client.waitForDecision(approvalId, { deadline: new Date(Date.now() + 300) })
    await expect(wait).rejects.toMatchObject({ code: "timed_out" })
  })

  test("tells a caller who listens what is waited for and where to decide", async () => {
    const workspace = await aWorkspace()
    server.state.onPoll = approve
    const told: JsonObject[] = []
    const notify = vi.fn((notification: { params: Record<string, unknown> }) => {
      told.push(notification.params as JsonObject)
      return Promise.reject(new Error("gone"))
    })
    const tool = aGuard(server, workspace).guard(writeFileTool, workspace.handlers)
    await tool({ path: "a.txt", content: "x" }, { mcpReq: { _meta: { progressToken: 7 }, notify } })

    expect(told[0]).toEqual({
      progressToken: 7,
      progress: 1,
      message: expect.stringMatching(/update main:a\.txt.*http:.*\/approvals\/appr_/) as string,
    })
    await workspace.remove()
  })
})

test("the API key is sent in one header and is nowhere else", async () => {
  const workspace = await aWorkspace()
  const seen: unknown[] = []
  const secretParts = [apiKey, apiKey.slice(10), "S3cret"]
  const spilling: typeof globalThis.fetch = (url, init) =>
    Promise.reject(new TypeError(`failed ${JSON.stringify([url, init])}`, { cause: init }))

  const client = aClient()
  const guard = aGuard(server, workspace, { onWarning: (message) => seen.push(message) })
  seen.push(client, guard)
  server.state.onPoll = approve
  seen.push(await guard.guard(writeFileTool, workspace.handlers)({ path: "a.txt", content: "x" }))
  const broken = aGuard(server, workspace, { fetch: spilling, attemptsMax: 1 })
  seen.push(await broken.guard(writeFileTool, workspace.handlers)({ path: "a.txt", content: "y" }))
  seen.push(await broken.read(writeFileTool, () => ({}))({}))
  seen.push(
    await aClient({ fetch: spilling, attemptsMax: 1 })
      .openRun(aRun)
      .catch((error: unknown) => error),
  )
  for (const bad of [{ apiKey: `${apiKey}!` }, { url: `https://${apiKey}@deltaseal.example` }]) {
    seen.push(
      thrownBy(() =>
        createGuard({ url: server.url, apiKey, server: { name: "workspace" }, run: ids, ...bad }),
      ),
    )
  }
  server.state.intercept = () => problem(401, "unauthenticated")
  seen.push(await client.getRun(ids.runId).catch((error: unknown) => error))

  expect(seen).toHaveLength(9)
  for (const thing of seen) {
    const words = [
      inspect(thing, { depth: Infinity, showHidden: true }),
      JSON.stringify(thing),
      String(thing),
    ]
    const stack = thing instanceof Error ? [thing.stack ?? "", inspect(thing.cause)] : []
    for (const secret of secretParts) expect([...words, ...stack].join("\n")).not.toContain(secret)
  }
  for (const request of server.state.requests.filter(({ path }) => path.startsWith("/api"))) {
    expect(request.authorization).toBe(`Bearer ${apiKey}`)
    expect(JSON.stringify([request.path, request.body])).not.toContain("S3cret")
  }
  await workspace.remove()
})

const aRun = { environment: "dev", workflow: "docs", actor: { agent: "writer" } } as const

async function anApproval(client: DeltasealClient) {
  const answer = await client.requestToolCall(aCall)
  if (answer.decision !== "pending") throw new Error("The small server should have asked a person.")
  return answer.approval
}

async function anApproved(client: DeltasealClient) {
  const approval = await anApproval(client)
  approve(server.approval())
  return approval
}

function failFirst(
  times: number,
  fault: () => ReturnType<SmallServer["state"]["intercept"]>,
  path = "/",
): void {
  let left = times
  server.state.intercept = (request) => (request.path.includes(path) && left-- > 0 ? fault() : undefined)
}

function thrownBy(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
