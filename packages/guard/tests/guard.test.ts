import { readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import type { ToolHandlers } from "@deltaseal/guard"
import type { JsonObject } from "@deltaseal/guard/change"
import {
  approve,
  deny,
  problem,
  startSmallServer,
  writeFileTool,
  type SmallServer,
} from "./support/small-server.ts"
import {
  after,
  aGuard,
  aWorkspace,
  before,
  textOf,
  type Workspace,
  type WriteInput,
} from "./support/workspace.ts"

// Most of these wait for real time-outs; a busy machine adds to them.
vi.setConfig({ testTimeout: 20_000 })

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

const input = { path: "a.txt", content: after }

const call = (handlers: Partial<ToolHandlers<WriteInput>> = {}, asked: WriteInput = input) =>
  aGuard(server, workspace).guard(writeFileTool, { ...workspace.handlers, ...handlers })(asked)

describe("an approved change", () => {
  test("is applied exactly, once, and its outcome is reported with a receipt", async () => {
    server.state.onPoll = async (approval) => {
      expect(await workspace.read()).toBe(before)
      approve(approval)
    }
    const result = await call()

    expect(result.isError).toBeUndefined()
    expect(textOf(result)).toContain("update main:a.txt")
    expect(await workspace.read()).toBe(after)
    expect(server.outcomes()).toEqual([
      expect.objectContaining({
        status: "applied",
        receipts: [expect.objectContaining({ type: "file", id: "main:a.txt" })],
      }),
    ])
    expect(await readdir(workspace.stateDirectory)).toEqual([])
  })

  test("was asked for with the content, the input and the agent's reason", async () => {
    await call()
    expect(server.requestsTo("tool-calls").map((request) => request.body)).toEqual([
      expect.objectContaining({
        input,
        reason: "Because the client asked.",
        change: {
          parts: [
            {
              kind: "file",
              target: { workspace: "main", path: "a.txt" },
              before: { text: before },
              after: { text: after },
            },
          ],
        },
      }),
    ])
  })

  test("is spent with a nonce of 256 random bits", async () => {
    await call()
    await workspace.write(before)
    await call()
    const nonces = server.requestsTo("/consume").map((request) => (request.body as JsonObject).nonce)
    expect(nonces).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{64}$/)])
    expect(nonces[0]).not.toBe(nonces[1])
  })

  test("is journalled privately before it is spent", async () => {
    let modes: number[] = []
    server.state.intercept = ({ path }) => {
      if (path.endsWith("/consume")) modes = [-1]
      return undefined
    }
    await call({
      apply: async (change) => {
        const [name] = await readdir(workspace.stateDirectory)
        modes = [
          (await stat(join(workspace.stateDirectory, name ?? ""))).mode & 0o777,
          (await stat(workspace.stateDirectory)).mode & 0o777,
        ]
        await workspace.handlers.apply(change)
      },
    })
    expect(modes).toEqual([0o600, 0o700])
  })

  test("creates and deletes files", async () => {
    const tool = aGuard(server, workspace)
    const target = { workspace: "main", path: "b.txt" }
    const create = tool.guard(writeFileTool, {
      ...workspace.handlers,
      plan: () => ({ parts: [{ target, after: { text: "b" } }] }),
    })
    await create(input)
    expect(await workspace.read("b.txt")).toBe("b")
    const remove = tool.guard(writeFileTool, {
      ...workspace.handlers,
      plan: () => ({ parts: [{ target, after: null }] }),
    })
    expect((await remove(input)).isError).toBeUndefined()
    await expect(workspace.read("b.txt")).rejects.toThrow()
  })
})

describe("nothing is changed when", () => {
  afterEach(async () => {
    expect(await readdir(workspace.stateDirectory).catch(() => [])).toEqual([])
  })

  test("a person denies it, and the model learns who and why", async () => {
    server.state.onPoll = deny
    const result = await call()

    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(
      /^write_file asked to update main:a\.txt \(change [0-9a-f]{64}\)\.\nApproval appr_\w+ was denied: denied by Rhea Novak at 2026-02-23T18:43:00Z, saying "The footer names the wrong client\."\.\nNothing was changed\.\nNext: .*propose something else/,
    )
    expect(await workspace.read()).toBe(before)
    expect(server.requestsTo("/consume")).toEqual([])
  })

  test("the reviewer asks for changes, and the model is told whose words those are", async () => {
    server.state.onPoll = (approval) => {
      deny(approval)
      approval.votes = approval.votes.map((vote) => ({ ...vote, decision: "request_changes" }))
    }
    const result = await call()

    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(
      /\nApproval appr_\w+ was denied\. The reviewer, Rhea Novak, asks for changes at 2026-02-23T18:43:00Z\. Said by that person:\n"The footer names the wrong client\."\nNothing was changed\.\nNext: change the call accordingly and ask again\.$/,
    )
    expect(await workspace.read()).toBe(before)
  })

  test.each(["expired", "cancelled", "stale"])("the approval is %s", async (status) => {
    server.state.onPoll = (approval) => void (approval.status = status)
    const result = await call()
    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(new RegExp(`${status}[^]*Nothing was changed\\.[^]*Next: `))
    expect(await workspace.read()).toBe(before)
  })

  test("one byte of the content changed between plan and apply", async () => {
    const content = { text: after }
    server.state.onPoll = (approval) => {
      content.text = after.replace("gamma", "gammb")
      approve(approval)
    }
    const result = await call({
      plan: () => ({ parts: [{ target: { workspace: "main", path: "a.txt" }, after: content }] }),
    })
    expect(textOf(result)).toContain("hash_mismatch")
    expect(await workspace.read()).toBe(before)
    expect(server.approval().status).toBe("cancelled")
    expect(server.requestsTo("/consume")).toEqual([])
  })

  test("one byte of the input changed between plan and apply", async () => {
    const asked = { ...input }
    server.state.onPoll = (approval) => {
      asked.path = "b.txt"
      approve(approval)
    }
    expect(textOf(await call({}, asked))).toContain("hash_mismatch")
    expect(server.requestsTo("/consume")).toEqual([])
  })

  test("the server put another change to people", async () => {
    server.state.intercept = ({ path }) => {
      const approval = [...server.state.approvals.values()][0]
      if (path.includes("?wait=") && approval !== undefined) approval.changeHash = "0".repeat(64)
      return undefined
    }
    expect(textOf(await call())).toContain("hash_mismatch")
    expect(server.approval().status).toBe("cancelled")
    expect(await workspace.read()).toBe(before)
  })

  test("the file changed while people were deciding", async () => {
    server.state.onPoll = async (approval) => {
      await workspace.write("somebody else\n")
      approve(approval)
    }
    const result = await call()
    expect(textOf(result)).toMatch(/before_changed[^]*Nothing was changed\.[^]*Read it again/)
    expect(await workspace.read()).toBe("somebody else\n")
    expect(server.approval().status).toBe("stale")
  })

  test("the file changed between consume and apply", async () => {
    let reads = 0
    const result = await call({
      observe: async (target) => {
        // Plan, before consume, before apply: the third look finds it moved.
        if (++reads === 3) await workspace.write("somebody else\n")
        return await workspace.handlers.observe(target)
      },
    })
    expect(textOf(result)).toContain("changed before it could be applied")
    expect(await workspace.read()).toBe("somebody else\n")
    expect(server.outcomes()).toEqual([expect.objectContaining({ status: "failed", receipts: [] })])
  })

  test("policy refuses, and every reason is passed on", async () => {
    const reasons = [
      { code: "tool_not_allowed", message: "write_file is not allowed in prod." },
      { code: "invalid_input", message: "content is required.", path: "/content" },
    ]
    server.state.intercept = ({ path }) =>
      path.endsWith("tool-calls") ? problem(403, "policy_denied", { reasons }) : undefined
    const result = await call()
    expect(result.isError).toBe(true)
    expect(textOf(result)).toContain(
      "- tool_not_allowed: write_file is not allowed in prod.\n- invalid_input at /content: content is required.",
    )
    expect(textOf(result)).toContain("Next: do not repeat this call.")
  })

  test("nobody decides in time: the request is withdrawn", async () => {
    server.state.onPoll = () => undefined
    const tool = aGuard(server, workspace, { waitSeconds: 1 }).guard(writeFileTool, workspace.handlers)
    expect(textOf(await tool(input))).toContain("timed_out")
    expect(server.approval().status).toBe("cancelled")
  })

  test("the caller gives up: the request is withdrawn", async () => {
    const caller = new AbortController()
    server.state.onPoll = () => caller.abort()
    const tool = aGuard(server, workspace).guard(writeFileTool, workspace.handlers)
    expect(textOf(await tool(input, { mcpReq: { signal: caller.signal } }))).toContain("aborted")
    await expect.poll(() => server.approval().status).toBe("cancelled")
  })

  test("the plan fails, or there is nothing to change", async () => {
    expect(textOf(await call({ plan: () => Promise.reject(new Error("No such line.")) }))).toContain(
      "No such line.",
    )
    expect(textOf(await call({}, { path: "a.txt", content: before }))).toContain("no_change")
    expect(textOf(await call({}, { path: "../a.txt", content: after }))).toContain("invalid_path")
    expect(server.requestsTo("tool-calls")).toEqual([])
  })

  test("the keys that permits are signed with cannot be fetched", async () => {
    server.state.intercept = ({ path }) => (path.endsWith("jwks.json") ? problem(500, "internal") : undefined)
    expect(textOf(await call())).toContain("keys that permits are signed with cannot be fetched")
    expect(await workspace.read()).toBe(before)
    expect(server.requestsTo("tool-calls")).toEqual([])
  })

  test("the journal cannot be written", async () => {
    await workspace.write("a file, not a directory", "blocked")
    const stateDirectory = join(workspace.stateDirectory, "../blocked")
    const tool = aGuard(server, workspace, { stateDirectory }).guard(writeFileTool, workspace.handlers)
    expect(textOf(await tool(input))).toContain("journal_failed")
    expect(await workspace.read()).toBe(before)
    expect(server.approval().status).toBe("cancelled")
  })
})
