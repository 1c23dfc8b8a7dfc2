import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { createGuard, type RecordContent, type ToolHandlers } from "@deltaseal/guard"
import type { JsonObject, PatchOperation } from "@deltaseal/guard/change"
import { approve, startSmallServer, type SmallServer } from "./support/small-server.ts"
import { aGuard, aWorkspace, after, before, textOf, type Workspace } from "./support/workspace.ts"

// These wait for real answers; a busy machine adds to them.
vi.setConfig({ testTimeout: 20_000 })

const patchTool = {
  name: "patch_contact",
  version: "1.4.0",
  inputSchema: { type: "object", required: ["id", "patch"] },
}
type PatchInput = { id: string; patch: PatchOperation[] }

const lead = { lifecycleStage: "Lead", owner: "ana" }
const input: PatchInput = { id: "c_1", patch: [{ op: "replace", path: "/lifecycleStage", value: "MQL" }] }
const target = { system: "crm", type: "contact", id: "c_1" }

let server: SmallServer
let workspace: Workspace
let contacts: Map<string, Required<RecordContent>>

beforeEach(async () => {
  server = await startSmallServer()
  server.state.definition = patchTool
  server.state.onPoll = approve
  workspace = await aWorkspace()
  contacts = new Map([["c_1", { value: lead, version: "7" }]])
})
afterEach(async () => {
  await server.stop()
  await workspace.remove()
})

/** A tool that keeps records with versions, as a database would. */
const handlers: ToolHandlers<PatchInput, "record"> = {
  observe: ({ id }) => contacts.get(id) ?? null,
  plan: ({ id, patch }) => ({ parts: [{ kind: "record", target: { ...target, id }, patch }] }),
  apply: ({ parts }) => {
    for (const part of parts) {
      if (part.after === null) contacts.delete(part.target.id)
      else
        contacts.set(part.target.id, { value: part.after, version: String(Number(part.version ?? "0") + 1) })
    }
  },
}

const call = (more: Partial<ToolHandlers<PatchInput, "record">> = {}, asked = input) =>
  aGuard(server, workspace).guard<PatchInput, "record">(patchTool, { ...handlers, ...more })(asked)

test("a patched record is asked for as it is and would be, spent with its version, and written as approved", async () => {
  const result = await call()

  expect(textOf(result)).toContain("update crm:contact:c_1")
  expect(contacts.get("c_1")).toEqual({ value: { lifecycleStage: "MQL", owner: "ana" }, version: "8" })
  const [asked] = server.requestsTo("tool-calls")
  expect(asked?.body).toMatchObject({
    change: {
      parts: [
        { kind: "record", target, version: "7", before: lead, after: { ...lead, lifecycleStage: "MQL" } },
      ],
    },
  })
  const [spent] = server.requestsTo("/consume")
  expect((spent?.body as JsonObject).observed).toMatchObject([{ state: "present", version: "7" }])
  expect(server.outcomes()).toMatchObject([
    { status: "applied", receipts: [{ type: "record", id: "crm:contact:c_1" }] },
  ])
})

test.each([
  ["comes into being", { kind: "record", target: { ...target, id: "c_2" }, after: lead }, "c_2", lead],
  ["goes", { kind: "record", target, after: null }, "c_1", undefined],
] as const)("a record that %s is observed and written like any other", async (_, part, id, value) => {
  const result = await call({ plan: () => ({ parts: [part] }) })

  expect(result.isError).toBeUndefined()
  expect(contacts.get(id)?.value).toEqual(value)
  expect(server.outcomes()).toMatchObject([{ status: "applied" }])
})

test("a version that moved while people decided makes the change stale, although the content is the same", async () => {
  server.state.onPoll = (approval) => {
    contacts.set("c_1", { value: lead, version: "8" })
    approve(approval)
  }
  const result = await call()

  expect(result).toMatchObject({ isError: true })
  expect(textOf(result)).toContain("before_changed")
  expect(contacts.get("c_1")).toEqual({ value: lead, version: "8" })
})

test("a version that moved after the approval was spent is left as it is", async () => {
  server.state.intercept = ({ path }) => {
    if (path.endsWith("/consume")) contacts.set("c_1", { value: lead, version: "9" })
    return undefined
  }
  const result = await call()

  expect(result).toMatchObject({ isError: true })
  expect(contacts.get("c_1")).toEqual({ value: lead, version: "9" })
  expect(server.outcomes()).toMatchObject([{ status: "failed" }])
})

test.each([
  ["a record that is not there", { ...input, id: "c_none" }, "invalid_patch"],
  [
    "a field that is not there",
    { ...input, patch: [{ op: "remove", path: "/none" }] as PatchOperation[] },
    "invalid_patch",
  ],
  ["nothing", { ...input, patch: [] }, "no_change"],
])("a patch of %s is refused in words, and nobody is asked", async (_, asked, code) => {
  const result = await call({}, asked)

  expect(textOf(result)).toContain(code)
  expect(server.requestsTo("tool-calls")).toEqual([])
})

test("what a tool observes must be a record's content", async () => {
  const result = await call({ observe: () => ({ text: "a file" }) as unknown as RecordContent })

  expect(result).toMatchObject({ isError: true })
  expect(server.requestsTo("tool-calls")).toEqual([])
})

test("one tool may change a file and a record together", async () => {
  const guarded = createGuard({
    url: server.url,
    apiKey: `dsl_test_${"k".repeat(20)}_${"S3cret".repeat(8)}x`,
    server: { name: "workspace" },
    run: { environment: "dev", workflow: "docs", actor: { agent: "writer" } },
    stateDirectory: workspace.stateDirectory,
  }).guard<PatchInput, "file" | "record">(patchTool, {
    observe: (at) => ("path" in at ? workspace.handlers.observe(at) : handlers.observe(at)),
    plan: ({ patch }) => ({
      parts: [
        { target: { workspace: "main", path: "a.txt" }, after: { text: after } },
        { kind: "record", target, patch },
      ],
    }),
    apply: async (change) => {
      for (const part of change.parts) {
        if (part.kind === "file") await workspace.handlers.apply({ ...change, parts: [part], input: aWrite })
        else await handlers.apply({ ...change, parts: [part] })
      }
    },
  })
  expect(await workspace.read()).toBe(before)
  const result = await guarded(input)

  expect(result.isError).toBeUndefined()
  expect(await workspace.read()).toBe(after)
  expect(contacts.get("c_1")?.version).toBe("8")
})

const aWrite = { path: "a.txt", content: after }
