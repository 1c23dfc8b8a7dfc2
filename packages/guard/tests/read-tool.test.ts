import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { approve, ids, problem, startSmallServer, type SmallServer } from "./support/small-server.ts"
import { aGuard, aWorkspace, before, type Workspace } from "./support/workspace.ts"

let server: SmallServer
let workspace: Workspace

beforeEach(async () => {
  server = await startSmallServer()
  workspace = await aWorkspace()
  server.state.onPoll = approve
})
afterEach(async () => {
  await server.stop()
  await workspace.remove()
})

describe("a tool that reads", () => {
  const readFileTool = { name: "read_file", version: "1.0.0" }
  beforeEach(() => {
    server.state.tier = "T0_READ"
    server.state.definition = readFileTool
  })

  test("runs with a permit and without a change, and is reported", async () => {
    const guard = aGuard(server, workspace)
    const read = guard.read(readFileTool, async ({ path }: { path: string }) => ({
      text: await workspace.read(path),
    }))
    expect(await read({ path: "a.txt" })).toEqual({ text: before })
    await guard.close()

    expect(server.requestsTo("tool-calls").map((request) => request.body)).toEqual([
      {
        runId: ids.runId,
        tool: { server: "workspace", name: "read_file", version: "1.0.0" },
        input: { path: "a.txt" },
      },
    ])
    expect(server.outcomes()).toEqual([
      expect.objectContaining({ status: "applied", observedAfter: [], receipts: [] }),
    ])
    expect(server.requestsTo("/close")).toHaveLength(1)
  })

  test("does not run when it is refused, or with another call's permit", async () => {
    let reads = 0
    const read = aGuard(server, workspace).read(readFileTool, () => ({ reads: ++reads }))
    server.state.bend = (permit) => ({ ...permit, inputDigest: "0".repeat(64) })
    expect(await read({ path: "a.txt" })).toMatchObject({ isError: true })
    server.state.intercept = ({ path }) =>
      path.endsWith("tool-calls") ? problem(403, "policy_denied") : undefined
    expect(await read({ path: "a.txt" })).toMatchObject({ isError: true })
    expect(reads).toBe(0)
  })
})

test.each([
  ["a server name with a space", { server: { name: "work space" } }],
  ["a key of another product", { apiKey: "sk-123" }],
])("mistakes in the program are found when it starts: %s", (_, options) => {
  expect(() => aGuard(server, workspace, options)).toThrow(
    expect.objectContaining({ code: "invalid_configuration" }),
  )
})

test("a tool that cannot be named is found when it is wrapped", () => {
  expect(() => aGuard(server, workspace).guard({ name: "a b", version: "1" }, workspace.handlers)).toThrow(
    expect.objectContaining({ code: "invalid_configuration" }),
  )
})
