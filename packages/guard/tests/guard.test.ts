import { readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { exportJWK, generateKeyPair, type JWTPayload } from "jose"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import type { ToolHandlers, ToolResult } from "@deltaseal/guard"
import type { JsonObject } from "@deltaseal/guard/change"
import {
  anotherKey,
  approve,
  deny,
  ids,
  problem,
  startSmallServer,
  writeFileTool,
} from "./support/small-server.ts"
import type { SmallServer } from "./support/small-server.ts"
import { aGuard, aWorkspace, type Workspace, type WriteInput } from "./support/workspace.ts"

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

const before = "alpha\nbeta\n"
const after = "alpha\ngamma\n"
const input = { path: "a.txt", content: after }

const call = (handlers: Partial<ToolHandlers<WriteInput>> = {}, asked: WriteInput = input) =>
  aGuard(server, workspace).guard(writeFileTool, { ...workspace.handlers, ...handlers })(asked)
const textOf = (result: ToolResult) => result.content.map((item) => item.text).join("\n")

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

test("a tool that throws after writing is reported as applied, for it was", async () => {
  const result = await call({
    apply: async (change) => {
      await workspace.handlers.apply(change)
      throw new Error("The connection broke.")
    },
  })
  expect(result.isError).toBeUndefined()
  expect(server.outcomes()).toEqual([expect.objectContaining({ status: "applied" })])
})

test("a tool that throws before writing changed nothing, and the model is told", async () => {
  const result = await call({ apply: () => Promise.reject(new Error("The disk is full.")) })
  expect(textOf(result)).toMatch(/The disk is full\.\nNothing was changed\./)
  expect(server.outcomes()).toEqual([expect.objectContaining({ status: "failed" })])
})

test("a tool that writes something else than was approved is found out", async () => {
  const result = await call({ apply: async () => await workspace.write("something else\n") })
  expect(textOf(result)).toContain("what is there now is not what was approved")
  expect(result.isError).toBe(true)
})

test("what is applied cannot be touched by the tool that planned it", async () => {
  const result = await call({
    apply: ({ parts }) => {
      for (const part of parts) part.after = { text: "another" }
    },
  })
  expect(textOf(result)).toMatch(/read only|read-only/)
  expect(await workspace.read()).toBe(before)
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

describe("a permit is refused and nothing is changed when", () => {
  test.each([
    ["it is for another server", { aud: "mail" }],
    ["it is for another run", { runId: "run_01J00000000000000000000001" }],
    ["it is for another tenant", { tenantId: "ten_01J00000000000000000000001" }],
    ["it is for another change", { changeHash: "0".repeat(64) }],
    ["it is for another input", { inputDigest: "0".repeat(64) }],
    ["it is for another approval", { approvalId: "appr_other" }],
    ["it is for another execution", { jti: "exec_other" }],
    [
      "it is for another tool",
      { tool: { server: "workspace", name: "other", version: "1.4.0", definition: "0".repeat(64) } },
    ],
    ["it is only an allowance", { decision: "allow" }],
    ["another server issued it", { iss: "https://deltaseal.example" }],
    ["it has expired", { iat: 1_700_000_000, exp: 1_700_000_060 }],
    ["it lives for an hour", { exp: Math.floor(Date.now() / 1000) + 3600 }],
    ["it never expires", { exp: undefined }],
  ])("%s", async (_, claims) => {
    server.state.bend = (permit) => ({ ...permit, ...claims }) as JWTPayload
    await expectRefusedPermit()
  })

  test("another key signed it", async () => {
    server.state.signingKey = await anotherKey()
    await expectRefusedPermit()
  })

  test("no key signed it", async () => {
    server.state.intercept = ({ path }) => {
      const approval = [...server.state.approvals.values()][0]
      if (!path.endsWith("/consume") || approval === undefined) return undefined
      const header = Buffer.from('{"alg":"none","kid":"key-1"}').toString("base64url")
      const claims = Buffer.from(JSON.stringify({ approvalId: approval.approvalId })).toString("base64url")
      return {
        status: 200,
        body: { executionId: "exec_1", permit: `${header}.${claims}.`, replayed: false, proof: null },
      }
    }
    await expectRefusedPermit()
  })

  test("a listed key of another kind signed it", async () => {
    const { publicKey, privateKey } = await generateKeyPair("ES256")
    server.state.keys.push({ ...(await exportJWK(publicKey)), kid: "key-ec" })
    server.state.signingKey = privateKey
    server.state.algorithm = "ES256"
    server.state.keyId = "key-ec"
    await expectRefusedPermit()
  })

  test("its key is unknown, and the keys are not asked for again and again", async () => {
    server.state.keyId = "key-2"
    const { guard } = aGuard(server, workspace)
    const tool = guard(writeFileTool, workspace.handlers)
    for (let i = 0; i < 5; i++) expect(textOf(await tool(input))).toContain("permit is refused")
    expect(server.requestsTo("jwks.json").length).toBeLessThanOrEqual(2)
  })

  test("it was used before", async () => {
    server.state.decision = "allow"
    server.state.tier = "T1_REVERSIBLE_WRITE"
    const tool = aGuard(server, workspace).guard(writeFileTool, workspace.handlers)
    expect((await tool(input)).isError).toBeUndefined()

    const allowance = server.state.allowances[0] ?? null
    await workspace.write(before)
    server.state.intercept = ({ path }) => {
      if (!path.endsWith("tool-calls")) return undefined
      return { status: 200, body: allowance }
    }
    expect(textOf(await tool(input))).toContain("it was used before")
    expect(await workspace.read()).toBe(before)
  })

  test.each(["T2_IRREVERSIBLE_WRITE", "T3_EXECUTE", "T4_IDENTITY_MONEY_OUTBOUND"])(
    "%s is allowed without anyone asked",
    async (tier) => {
      server.state.decision = "allow"
      server.state.tier = tier
      await expectRefusedPermit()
      server.state.bend = (permit) => ({ ...permit, exemption: "grant" })
      expect((await call()).isError).toBeUndefined()
    },
  )

  async function expectRefusedPermit(): Promise<void> {
    const result = await call()
    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(/permit is refused[^]*Nothing was changed\./)
    expect(await workspace.read()).toBe(before)
  }
})
