import { afterAll, beforeAll, expect, test } from "vitest"
import { sha256Hex } from "@deltaseal/guard/change"
import { type Caller } from "../support/api"
import { approve, openRun, spend, type Pending } from "../support/calls"
import { report } from "../support/deciding"
import { putInForce } from "../support/rules"
import { makeTool, startWorld, type World } from "../support/world"

const tool = { server: "workspace", name: "do_anything", version: "1.0.0" }

const sending = `rules:
  - {name: mail, effect: tier_default, live: true, recipients: {domains: [acme.example]}}
`

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
  await makeTool(world, { name: tool.name, tier: "T4_IDENTITY_MONEY_OUTBOUND" })
  await putInForce(world, sending)
})
afterAll(() => world.close())

function messageTo(...addresses: readonly string[]): Record<string, unknown> {
  return {
    kind: "message",
    target: { channel: "email" },
    after: {
      from: "ana@northwind.example",
      replyTo: null,
      recipients: addresses.map((address) => ({ role: "to", address })),
      subject: "Prices",
      body: "Hello\n",
      attachments: [],
    },
  }
}

/** A change has one message to a channel. */
function newsletterTo(address: string): Record<string, unknown> {
  return { ...messageTo(address), target: { channel: "newsletter" } }
}

async function asked(...parts: readonly unknown[]): Promise<Pending> {
  const runId = await openRun(key)
  const reply = await key.post("/api/v1/tool-calls", { runId, tool, input: {}, change: { parts } })
  if (reply.status !== 202) throw new Error(reply.text)
  const { approval } = reply.body

  return { runId, approval, approvalId: approval.approvalId, changeHash: approval.changeHash }
}

async function carryOut(pending: Pending, status = "applied"): Promise<void> {
  await approve(reviewer, pending)
  const spent = await spend(key, pending, {
    observed: pending.approval.parts.map(({ before }: { before: unknown }) => before),
  })
  if (spent.status !== 200) throw new Error(spent.text)
  const observedAfter =
    status === "applied" ? pending.approval.parts.map(({ after }: { after: unknown }) => after) : []
  const told = await report(key, String(spent.body.executionId), { status, observedAfter })
  if (told.status !== 200) throw new Error(told.text)
}

test("a recipient is new until a message to them was sent, however their address is spelled", async () => {
  const first = await asked(messageTo("bo@acme.example", "cy@acme.example"))
  expect(first.approval.effects).toContain("emails 2 recipients, 2 for the first time")
  expect((await asked(messageTo("bo@acme.example"))).approval.effects[0]).toContain("for the first time")

  await carryOut(first)

  const { approval } = await asked(messageTo("Bo <BO@acme.example>", "dee@acme.example"))
  expect(approval.effects).toContain("emails 2 recipients, 1 for the first time")
  expect(approval.diff.preview.recipients).toMatchObject([{ isFirst: false }, { isFirst: true }])
})

test("a message that failed makes nobody known, and every message of a change is looked up", async () => {
  await carryOut(await asked(messageTo("eve@acme.example")), "failed")
  await carryOut(await asked(messageTo("fay@acme.example"), newsletterTo("gus@acme.example")))

  const { approval } = await asked(
    messageTo("eve@acme.example", "fay@acme.example"),
    newsletterTo("gus@acme.example"),
  )
  const recipients = approval.diff.parts.flatMap(({ preview }: any) => preview.recipients)
  expect(recipients.map(({ isFirst }: any) => isFirst)).toEqual([true, false, false])
})

test("what is stored names nobody, and is another in each tenant", async () => {
  const { rows } = await world.su.query<{ row: string }>(
    "SELECT row_to_json(k)::text AS row FROM known_recipient k UNION ALL SELECT row_to_json(p)::text FROM change_part p",
  )
  expect(rows.map(({ row }) => row).join()).not.toContain("bo@acme.example")
  expect(rows.map(({ row }) => row).join()).not.toContain(sha256Hex("bo@acme.example"))
  await world.su.query(
    "INSERT INTO known_recipient SELECT $1, address_mac, execution_id FROM known_recipient",
    [world.theirs.tenantId],
  )

  const { approval } = await asked(messageTo("hal@acme.example"))
  expect(approval.diff.preview.recipients).toMatchObject([{ isFirst: true }])
})

test("a moved file is remembered as gone from where it was", async () => {
  const file = (path: string, before: string | null, after: string | null) => ({
    kind: "file",
    target: { workspace: "main", path },
    before: before === null ? null : { text: before },
    after: after === null ? null : { text: after },
  })
  const move = {
    ...file("moved/b.md", "x\n", "x\n"),
    target: { workspace: "main", path: "moved/b.md", from: "moved/a.md" },
  }
  await carryOut(await asked(file("moved/a.md", null, "x\n")))
  const moving = await asked(move)
  expect(moving.approval.flags).not.toContain("before_unexpected")
  await approve(reviewer, moving)
  const { before, after } = moving.approval.parts[0]
  const spent = await spend(key, moving, { observed: [before, { state: "absent" }] })
  await report(key, String(spent.body.executionId), { observedAfter: [after] })

  expect((await asked(file("moved/a.md", null, "new\n"))).approval.flags).not.toContain("before_unexpected")
  expect((await asked(file("moved/a.md", "x\n", "new\n"))).approval.flags).toContain("before_unexpected")
  expect((await asked(move)).approval.flags).toContain("before_unexpected")
})
