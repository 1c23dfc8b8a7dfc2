import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Confinement } from "@deltaseal/guard"
import { approve, startSmallServer, writeFileTool, type SmallServer } from "./support/small-server.ts"
import { after, aGuard, aWorkspace, before, textOf, type Workspace } from "./support/workspace.ts"

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
type Handlers = Workspace["handlers"]
const call = (changes: Partial<Handlers>) =>
  aGuard(server, workspace).guard(writeFileTool, { ...workspace.handlers, ...changes })(input)
const permitSays = (claims: object) => (server.state.bend = (permit) => ({ ...permit, ...claims }))
const statusOf = ({ _meta }: { _meta?: Record<string, unknown> }) =>
  (_meta?.["deltaseal/decision"] as { status: string } | undefined)?.status
const never = new Promise<never>(() => undefined)

describe("a tool that takes longer than its permit allows", () => {
  beforeEach(() => permitSays({ timeoutSeconds: 1 }))

  test("is told to stop, and failed when it does", async () => {
    const result = await call({
      apply: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            reject(new Error("I stop."))
          })
        }),
    })

    expect(statusOf(result)).toBe("tool_timed_out")
    expect(textOf(result)).toContain("longer than the 1 s that policy allows")
    expect(server.outcomes()).toMatchObject([{ status: "failed" }])
    expect(await workspace.read()).toBe(before)
  })

  test("is failed too when it does not stop, by what is to be seen", async () => {
    expect(statusOf(await call({ apply: () => never }))).toBe("tool_timed_out")
    expect(server.outcomes()).toMatchObject([{ status: "failed" }])
  })

  test("did what it did when it was done in spite of that", async () => {
    const result = await call({
      apply: async (change) => {
        await new Promise((done) => {
          change.signal.addEventListener("abort", done)
        })
        await workspace.handlers.apply(change)
      },
    })

    expect(result.isError).toBeUndefined()
    expect(server.outcomes()).toMatchObject([{ status: "applied" }])
  })

  test("reads nothing", async () => {
    server.state.tier = "T0_READ"
    server.state.definition = { name: "read_file" }
    const guard = aGuard(server, workspace)
    const result = await guard.read({ name: "read_file", version: "1.4.0" }, () => never)({})
    await guard.close()

    expect(statusOf(result)).toBe("tool_timed_out")
    expect(server.outcomes()).toMatchObject([{ status: "failed" }])
  })
})

describe("output beyond what the permit allows", () => {
  test("is withheld of a tool that wrote, which has", async () => {
    permitSays({ outputBytes: 5 })
    const apply: Handlers["apply"] = async (change) => {
      await workspace.handlers.apply(change)
      return { text: "grün und gut" }
    }
    const result = await call({ apply })

    expect(statusOf(result)).toBe("output_too_large")
    expect(textOf(result)).not.toContain("und gut")
    expect(textOf(result)).toContain("13 bytes, and policy allows 5")
    expect(await workspace.read()).toBe(after)
    expect(server.outcomes()).toMatchObject([{ status: "applied" }])
  })

  test("is refused of a tool that reads, and what fits is not", async () => {
    server.state.tier = "T0_READ"
    server.state.definition = { name: "read_file" }
    const guard = aGuard(server, workspace)
    const read = guard.read({ name: "read_file", version: "1.4.0" }, ({ text }: { text: string }) => ({
      text,
    }))
    permitSays({ outputBytes: 12 })

    expect(await read({ text: "a" })).toEqual({ text: "a" })
    expect(statusOf((await read({ text: "abc" })) as object)).toBe("output_too_large")
    await guard.close()
    expect(
      server
        .outcomes()
        .map(({ status }) => status)
        .sort(),
    ).toEqual(["applied", "failed"])
  })
})

describe("a tool of T3", () => {
  beforeEach(() => {
    server.state.tier = "T3_EXECUTE"
    permitSays({ sandbox: true, network: "none", timeoutSeconds: 30 })
  })

  test("is not even asked about when it knows of no sandbox", async () => {
    expect(statusOf(await call({}))).toBe("sandbox_required")
    expect(server.requestsTo("tool-calls")).toEqual([])
  })

  test("applies nothing when its sandbox cannot be had", async () => {
    const result = await call({ sandbox: () => false })

    expect(statusOf(result)).toBe("sandbox_required")
    expect(await workspace.read()).toBe(before)
    expect(server.outcomes()).toMatchObject([{ status: "failed" }])
  })

  test("hears what the permit demands, and applies when it confirms it", async () => {
    const asked: Confinement[] = []
    const sandbox = (wanted: Confinement) => asked.push(wanted) === 1
    expect((await call({ sandbox })).isError).toBeUndefined()
    expect(asked).toEqual([{ network: "none", egress: [], timeoutSeconds: 30 }])
  })

  test("runs a subcommand that policy names without asking anybody", async () => {
    server.state.decision = "allow"
    permitSays({ sandbox: true, network: "none", exemption: { kind: "subcommand", name: "git-status" } })
    expect((await call({ sandbox: () => true })).isError).toBeUndefined()
  })
})
