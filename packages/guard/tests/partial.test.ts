import { readdir } from "node:fs/promises"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { changeHash } from "@deltaseal/guard/change"
import type { GuardOptions, ToolHandlers, ToolResult } from "@deltaseal/guard"
import { approveInPart } from "./support/approve-in-part.ts"
import {
  approve,
  deny,
  startSmallServer,
  writeFileTool,
  type SmallApproval,
  type SmallServer,
} from "./support/small-server.ts"
import { aGuard, aWorkspace, textOf, type Workspace, type WriteInput } from "./support/workspace.ts"

// These wait for real answers; a busy machine adds to them.
vi.setConfig({ testTimeout: 20_000 })

let server: SmallServer
let workspace: Workspace
const files = ["a.txt", "b.txt", "c.txt"]

beforeEach(async () => {
  server = await startSmallServer()
  workspace = await aWorkspace()
  for (const file of files) await workspace.write("old\n", file)
})
afterEach(async () => {
  await server.stop()
  await workspace.remove()
})

const planned = (names: readonly string[]) => ({
  parts: names.map((path) => ({ target: { workspace: "main", path }, after: { text: `new ${path}` } })),
})

function call(handlers: Partial<ToolHandlers<WriteInput>> = {}, options: Partial<GuardOptions> = {}) {
  const tool = { ...workspace.handlers, plan: () => planned(files), ...handlers }
  return aGuard(server, workspace, options).guard(writeFileTool, tool)({ path: "", content: "" })
}

const contents = () => Promise.all(files.map((file) => workspace.read(file)))
const untouched = ["old\n", "old\n", "old\n"]
const decisionIn = (result: ToolResult) => result._meta?.["deltaseal/decision"]
const derived = () => [...server.state.approvals.values()].find((one) => one.derivedFrom !== undefined)

test("exactly the parts that were approved are applied, and the model reads which were not and why", async () => {
  server.state.onPoll = approveInPart(server, [0, 2])
  const result = await call()

  expect(await contents()).toEqual(["new a.txt", "old\n", "new c.txt"])
  expect(result.isError).toBeUndefined()
  expect(textOf(result)).toMatch(
    /^2 of 3 parts were approved: update main:a\.txt, update main:c\.txt\.\nNot approved, and not done: update main:b\.txt\. .*Rhea Novak.*The footer names the wrong client\./,
  )
  expect(decisionIn(result)).toMatchObject({
    status: "applied",
    partsNotApproved: [2],
    changeHash: derived()?.changeHash,
  })
  const [spent] = server.requestsTo("/consume")
  expect(spent?.path).toContain(derived()?.approvalId)
  expect((spent?.body as { observed: unknown[] }).observed).toHaveLength(2)
  expect(server.outcomes()).toMatchObject([
    { status: "applied", observedAfter: [{}, {}], receipts: [{}, {}] },
  ])
  expect(await readdir(workspace.stateDirectory)).toEqual([])
})

test("more people are waited for, and what they decide in the end counts", async () => {
  let polls = 0
  const inPart = approveInPart(server, [1], () => undefined)
  server.state.onPoll = (approval) => {
    if (approval.derivedFrom === undefined) inPart(approval)
    else if ((polls += 1) > 1) deny(approval)
  }
  const result = await call()
  expect(result.isError).toBe(true)
  expect(decisionIn(result)).toMatchObject({ status: "denied", partsNotApproved: [1, 3] })
  expect(await contents()).toEqual(untouched)
})

test("parts of parts can be approved", async () => {
  const first = approveInPart(server, [0, 1], () => undefined)
  server.state.onPoll = (approval) => {
    if (approval.derivedFrom === undefined) {
      first(approval)
      return
    }
    const { derivedFrom: _source, ...again } = approval
    approveInPart(server, [1])(again)
    Object.assign(approval, again)
  }
  expect((await call()).isError).toBeUndefined()
  expect(await contents()).toEqual(["old\n", "new b.txt", "old\n"])
})

const lies: readonly (readonly [string, (made: SmallApproval) => void])[] = [
  [
    "all of them",
    (made) => (made.envelope = { ...made.envelope, parts: [...whole(), ...made.envelope.parts] }),
  ],
  ["none of them", (made) => (made.envelope = { ...made.envelope, parts: [] })],
  [
    "another order",
    (made) => (made.envelope = { ...made.envelope, parts: made.envelope.parts.toReversed() }),
  ],
  ["a part with another target", (made) => bendPart(made, { target: { workspace: "main", path: "d.txt" } })],
  ["a part with another content", (made) => bendPart(made, { after: { state: "absent" }, op: "delete" })],
  ["another hash", (made) => (made.changeHash = "0".repeat(64))],
]
const whole = () => server.state.approvals.values().next().value?.envelope.parts ?? []
const bendPart = (made: SmallApproval, changes: object) => {
  const [first, ...others] = made.envelope.parts
  if (first !== undefined) made.envelope = { ...made.envelope, parts: [{ ...first, ...changes }, ...others] }
}

test.each(lies)(
  "nothing is applied and it is withdrawn when the server says that people approved %s",
  async (_, lie) => {
    server.state.onPoll = approveInPart(server, [0, 2], (made) => {
      approve(made)
      lie(made)
      if (made.changeHash !== "0".repeat(64) && made.envelope.parts.length > 0)
        made.changeHash = hashOrNone(made)
    })
    const result = await call()
    expect(result.isError).toBe(true)
    expect(decisionIn(result)).toMatchObject({ status: "hash_mismatch" })
    expect(await contents()).toEqual(untouched)
    expect(derived()?.status).toBe("cancelled")
    expect(server.requestsTo("/consume")).toEqual([])
  },
)

function hashOrNone({ envelope }: SmallApproval): string {
  try {
    return changeHash(envelope)
  } catch {
    return "f".repeat(64)
  }
}

test("a tool that cannot do some parts without the others does none, and says so", async () => {
  server.state.onPoll = approveInPart(server, [0])
  const result = await call({ partial: false })
  expect(result.isError).toBe(true)
  expect(textOf(result)).toContain("cannot do some of them without the others")
  expect(decisionIn(result)).toMatchObject({ status: "cancelled", partsNotApproved: [2, 3] })
  expect(derived()?.status).toBe("cancelled")
  expect(await contents()).toEqual(untouched)
})

test("a tool that did more than its parts is found out", async () => {
  server.state.onPoll = approveInPart(server, [0, 2])
  const warnings: string[] = []
  const apply = async () => {
    for (const file of files) await workspace.write(`new ${file}`, file)
  }
  const result = await call({ apply }, { onWarning: (message) => warnings.push(message) })
  expect(result.isError).toBe(true)
  expect(textOf(result)).toMatch(/was to leave this alone.*update main:b\.txt/)
  expect(warnings.join()).toContain("update main:b.txt")
})

test("what somebody else did to a left-out part meanwhile is nobody's fault here", async () => {
  const inPart = approveInPart(server, [0])
  server.state.onPoll = async (approval) => {
    await workspace.write("theirs\n", "b.txt")
    inPart(approval)
  }
  expect((await call()).isError).toBeUndefined()
  expect(await contents()).toEqual(["new a.txt", "theirs\n", "old\n"])
})
