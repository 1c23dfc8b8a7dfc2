import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest"
import { toolHash, type ToolDefinition } from "@deltaseal/guard/change"
import type { Agent } from "@/examples/agent/agent"
import registered from "@/examples/workspace-server/tools.json"
import { openSite, type Site } from "@/tests/support/mcp"
import {
  newDataDir,
  ownEnvironment,
  removeDataDir,
  startServer,
  type TestServer,
} from "@/tests/support/server"

let server: TestServer
let site: Site
let agent: Agent

beforeAll(async () => {
  server = await startServer(await newDataDir())
})

beforeEach(async () => {
  const files = { "docs/a.txt": "one two one\n", "b.txt": "b\n" }
  site = await openSite({ url: server.url, apiKey: server.apiKey, files })
  agent = await site.connect()
})

afterEach(async () => {
  await site.close()
})

afterAll(async () => {
  await server.stop()
  await removeDataDir(server.dataDir)
})

test("lists its tools exactly as they are registered, under the protocol of 2026-07-28", async () => {
  const { tools } = await agent.listTools()

  expect(agent.protocolVersion).toBe("2026-07-28")
  expect(tools.map((tool) => toolHash(tool as unknown as ToolDefinition))).toEqual(
    registered.tools.map(({ definition }) => toolHash(definition as unknown as ToolDefinition)),
  )
  expect(tools.map(({ name }) => name)).toEqual(["list_files", "read_file", "write_file", "edit_file"])
})

test("reads at once, and each read is permitted and recorded", async () => {
  expect(await agent.listFiles()).toEqual({ isDone: true, text: "b.txt\ndocs/a.txt", status: null })
  expect(await agent.readFile("docs/a.txt")).toEqual({ isDone: true, text: "one two one\n", status: null })

  const events = await site.eventsWith("execution.applied")
  expect(events.filter(({ eventType }) => eventType === "tool_call.allowed")).toHaveLength(2)
})

test.each([
  ["a file that is not there", async () => await agent.readFile("none.txt"), "There is no file none.txt"],
  ["a path that leads out", async () => await agent.readFile("../secrets.txt"), "Nothing was read"],
  ["a place that occurs twice", async () => await edit("one"), "occurs more than once"],
  ["a text that is not there", async () => await edit("three"), "Read the file again"],
  ["a file that is already so", async () => await write("b.txt", "b\n"), "no_change"],
  ["a path that no review could show", async () => await write("a\u202etxt.exe", "x"), "invalid_path"],
])("answers %s in words that a model can act on, and asks nobody", async (_, call, words) => {
  const { isDone, text } = await call()

  expect(isDone).toBe(false)
  expect(text).toContain(words)
  const events = await site.events()
  expect(events.some(({ eventType }) => eventType === "tool_call.pending")).toBe(false)
})

test("a client of 2025 is served the same tools, and standard output carries nothing but the protocol", async () => {
  const older = spawn(process.execPath, ["dist/examples/workspace-server.js"], {
    env: ownEnvironment(site.environment),
    stdio: ["pipe", "pipe", "inherit"],
  })
  const answers = createInterface({ input: older.stdout })[Symbol.asyncIterator]()
  const ask = async (id: number, method: string, params: object) => {
    older.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`)
    const { value } = await answers.next()
    return JSON.parse(value ?? "null") as { id: number; result: Record<string, unknown> }
  }

  const clientInfo = { name: "older", version: "1.0.0" }
  const opening = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo }
  expect(await ask(1, "initialize", opening)).toMatchObject({
    id: 1,
    result: { protocolVersion: "2025-06-18" },
  })
  older.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`)
  const { result } = await ask(2, "tools/call", { name: "read_file", arguments: { path: "b.txt" } })

  expect(result.content).toEqual([{ type: "text", text: "b\n" }])
  const ended = once(older, "exit")
  older.stdin.end()
  expect(await ended).toEqual([0, null])
})

test("a server that is told to stop withdraws what still waits", async () => {
  const answer = write("b.txt", "changed\n").catch(() => "the connection is gone")
  const { approvalId } = await site.nextPending()
  await agent.close()

  expect(await answer).toBe("the connection is gone")
  const events = await site.eventsWith("approval.cancelled")
  expect(events.at(-1)).toMatchObject({ gates: { approvalId } })
  expect(await site.read("b.txt")).toBe("b\n")
  expect(site.serverLog()).toBe("")
})

async function write(path: string, content: string) {
  return await agent.writeFile({ path, content }, { reason: "A test." })
}

async function edit(find: string) {
  return await agent.editFile({ path: "docs/a.txt", find, replace: "x" }, { reason: "A test." })
}
