import { afterAll, beforeAll, expect, test } from "vitest"
import type { Caller, Reply } from "../support/api"
import { approve, openRun, spend, type Pending } from "../support/calls"
import { report } from "../support/deciding"
import { makeTool, startWorld, type World } from "../support/world"

const tool = { server: "workspace", name: "do_anything", version: "1.0.0" }
const absent = { state: "absent" }

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
  await makeTool(world, { name: tool.name, tier: "T2_IRREVERSIBLE_WRITE" })
})
afterAll(() => world.close())

function file(path: string, before: string | null, after: string | null, from?: string): object {
  return {
    kind: "file",
    target: { workspace: "main", path, ...(from === undefined ? {} : { from }) },
    before: before === null ? null : { text: before },
    after: after === null ? null : { text: after },
  }
}

function record(id: string, stage: string): object {
  return {
    kind: "record",
    target: { system: "crm", type: "contact", id },
    version: "7",
    before: { stage: "Lead" },
    after: { stage },
  }
}

function messageTo(address: string): object {
  return {
    kind: "message",
    target: { channel: "email" },
    after: {
      from: "ana@northwind.example",
      replyTo: null,
      recipients: [{ role: "to", address }],
      subject: "Prices",
      body: "Hello\n",
      attachments: [],
    },
  }
}

async function asked(parts: readonly object[], { dryRun = false, runId = "" } = {}): Promise<Pending> {
  const run = runId === "" ? await openRun(key) : runId
  const reply = await key.post("/api/v1/tool-calls", {
    runId: run,
    tool,
    input: {},
    change: { parts },
    dryRun,
  })
  if (reply.status !== 202) throw new Error(reply.text)
  const { approval } = reply.body

  return { runId: run, approval, approvalId: approval.approvalId, changeHash: approval.changeHash }
}

/** Has it approved and spent, and reports these states. */
async function ended(pending: Pending, status: string, observedAfter: readonly unknown[]): Promise<Reply> {
  await approve(reviewer, pending)
  const observed = pending.approval.parts.flatMap(({ op, before }: any) =>
    op === "move" ? [before, absent] : [before],
  )
  const spent = await spend(key, pending, { observed })
  if (spent.status !== 200) throw new Error(spent.text)
  const told = await report(key, String(spent.body.executionId), { status, observedAfter })
  if (told.status !== 200) throw new Error(told.text)

  return told
}

const states = (pending: Pending, which: "before" | "after") =>
  pending.approval.parts.map((part: any) => part[which])
const flagsOf = async (...parts: readonly object[]) => (await asked(parts)).approval.flags

test("a try that left everything as it was matches, and what it would have done is not remembered", async () => {
  const parts = [
    file("tried/a.md", null, "x\n"),
    file("tried/c.md", "y\n", "y\n", "tried/b.md"),
    record("c_1", "MQL"),
    messageTo("bo@acme.example"),
  ]
  const tried = await asked(parts, { dryRun: true })
  const [, , contact] = states(tried, "before")
  const told = await ended(tried, "applied", [absent, absent, contact, absent])
  expect(told.body.matchesApproved).toBe(true)

  expect(await flagsOf(file("tried/a.md", null, "x\n"))).not.toContain("before_unexpected")
  expect(await flagsOf(file("tried/b.md", "y\n", "z\n"))).not.toContain("before_unexpected")
  const { approval } = await asked([messageTo("bo@acme.example")])
  expect(approval.diff.preview.recipients).toMatchObject([{ isFirst: true }])
})

test("a try that wrote what it was only to try does not match", async () => {
  const tried = await asked([file("tried/d.md", null, "x\n")], { dryRun: true })

  expect((await ended(tried, "applied", states(tried, "after"))).body.matchesApproved).toBe(false)
})

test("a failure is remembered part by part as it says, moves that were done included", async () => {
  const halfDone = await asked([
    file("half/a.md", null, "x\n"),
    file("half/c.md", "y\n", "y\n", "half/b.md"),
    file("half/d.md", null, "x\n"),
    file("half/f.md", "y\n", "y\n", "half/e.md"),
  ])
  const [a, c] = states(halfDone, "after")
  const told = await ended(halfDone, "failed", [a, c, absent, absent])
  expect(told.body.matchesApproved).toBeNull()

  expect(await flagsOf(file("half/a.md", "x\n", "z\n"))).not.toContain("before_unexpected")
  expect(await flagsOf(file("half/a.md", null, "x\n"))).toContain("before_unexpected")
  expect(await flagsOf(file("half/b.md", "y\n", "z\n"))).toContain("before_unexpected")
  expect(await flagsOf(file("half/d.md", null, "x\n"))).not.toContain("before_unexpected")
  expect(await flagsOf(file("half/d.md", "x\n", "z\n"))).toContain("before_unexpected")
  expect(await flagsOf(file("half/e.md", "y\n", "z\n"))).not.toContain("before_unexpected")
})

test("a message that failed may be asked for again without looking changed", async () => {
  const failed = await asked([messageTo("cy@acme.example")])
  await ended(failed, "failed", [absent])

  const again = await asked([messageTo("cy@acme.example")], { runId: failed.runId })
  expect(again.approval.flags).not.toContain("before_unexpected")
  expect(again.approval.diff.preview.recipients).toMatchObject([{ isFirst: true }])
})
