import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from "vitest"
import { createGuard, type Guard, type PatchOperation, type ToolResult } from "@deltaseal/guard"
import { openContacts, type Contacts } from "@/examples/crm-server/contacts"
import { createTools } from "@/examples/crm-server/tools"
import { runtime } from "@/lib/env/runtime"
import type { Caller } from "../support/api"
import { freshDatabase, type FreshDatabase } from "../support/database"
import { withClient } from "../support/postgres"
import { startWorld, until, type World } from "../support/world"

let world: World
let reviewer: Caller
let database: FreshDatabase
let contacts: Contacts
let guard: Guard
let stateDirectory: string

beforeAll(async () => {
  world = await startWorld()
  reviewer = await world.as("reviewer")
  database = await freshDatabase()
})

afterAll(async () => {
  await database.close()
  await world.close()
})

beforeEach(async () => {
  await sql("DROP SCHEMA IF EXISTS crm CASCADE")
  contacts = await openContacts(database.ownerUrl)
  stateDirectory = await mkdtemp(path.join(tmpdir(), "deltaseal-crm-"))
  guard = createGuard({
    url: world.url,
    apiKey: world.demo.tenants[0]?.apiKey ?? "",
    issuer: runtime().config.origin,
    server: { name: "crm" },
    run: { environment: "prod", workflow: "lead-care", actor: { agent: "crm-agent" } },
    stateDirectory,
  })
})

afterEach(async () => {
  await guard.close()
  await contacts.close()
  await rm(stateDirectory, { recursive: true })
})

const toMql: PatchOperation = { op: "replace", path: "/lifecycleStage", value: "MQL" }

test("a contact's stage changes once a person approved exactly that", async () => {
  const calling = patch([toMql])
  const approval = await nextPending()
  expect(approval).toMatchObject({
    tool: "crm.apply_patch",
    sentence: "Updates 1 contact in crm: lifecycleStage",
    effects: ["touches /lifecycleStage on 1 contact"],
    diff: {
      type: "json_patch",
      preview: [{ op: "replace", path: "/lifecycleStage", from: "Lead", to: "MQL" }],
    },
  })
  expect(await contacts.find("c_101")).toMatchObject({ contact: { lifecycleStage: "Lead" }, version: "1" })

  await approve(approval)
  expect(textOf(await calling)).toContain("Changed contact c_101 exactly as approved.")
  expect(await contacts.find("c_101")).toMatchObject({
    contact: { lifecycleStage: "MQL", email: "maria.delgado@example.com" },
    version: "2",
  })
  const { body } = await world.ours.key.get(`/api/v1/approvals/${approval.approvalId}`)
  expect(body).toMatchObject({
    status: "consumed",
    execution: { status: "applied", matchesApproved: true, receipts: [{ id: "crm:contact:c_101" }] },
  })
})

test.each([
  [
    "the e-mail address",
    [{ op: "replace", path: "/email", value: "eve@evil.example" }],
    "patch_path_not_allowed",
  ],
  ["it through a copy", [{ op: "copy", from: "/name", path: "/email" }], "patch_path_not_allowed"],
  ["a field there is not", [{ op: "add", path: "/admin", value: true }], "No contact can be like this"],
  ["the stage to one there is not", [{ ...toMql, value: "Friend" }], "No contact can be like this"],
  ["nothing", [{ ...toMql, value: "Lead" }], "no_change"],
] as [string, PatchOperation[], string][])(
  "a patch of %s is refused, and nobody is asked",
  async (_, given, words) => {
    const result = await patch(given)

    expect(result.isError).toBe(true)
    expect(textOf(result)).toContain(words)
    expect(await contacts.find("c_101")).toMatchObject({ version: "1" })
    expect(await pending()).toEqual([])
  },
)

test("another client's id is refused, whatever the CRM holds", async () => {
  const result = await patch([toMql], { tenantId: world.theirs.tenantId })

  expect(textOf(result)).toContain("tenant_mismatch")
  expect(await pending()).toEqual([])
})

describe("a contact that somebody else changed meanwhile", () => {
  test("is not overwritten, even when it looks the same again", async () => {
    const calling = patch([toMql])
    const approval = await nextPending()
    await sql("UPDATE crm.contact SET version = version + 2 WHERE contact_id = 'c_101'")
    await approve(approval)

    expect(textOf(await calling)).toContain("before_changed")
    expect(await contacts.find("c_101")).toMatchObject({ contact: { lifecycleStage: "Lead" }, version: "3" })
  })

  test("at the very last moment, neither", async () => {
    const stored = await contacts.find("c_101")
    if (stored === null) throw new Error("The seed has no c_101.")
    await sql("UPDATE crm.contact SET owner = 'ben', version = version + 1 WHERE contact_id = 'c_101'")

    await expect(contacts.replace("c_101", stored.contact, stored.version)).rejects.toThrow("last moment")
    expect(await contacts.find("c_101")).toMatchObject({ contact: { owner: "ben" }, version: "2" })
  })
})

test("a denied change changes nothing, and the model reads why", async () => {
  const calling = patch([toMql])
  const { approvalId, changeHash } = await nextPending()
  await reviewer.post(`/api/v1/approvals/${approvalId}/votes`, {
    decision: "deny",
    changeHash,
    reason: "She asked to be left alone.",
  })

  expect(textOf(await calling)).toContain("She asked to be left alone.")
  expect(await contacts.find("c_101")).toMatchObject({ version: "1" })
})

test("a contact is read at once, and read as it is", async () => {
  const read = createTools(guard, contacts).get_contact
  const result = await read({ tenantId: world.ours.tenantId, contactId: "c_104" })

  expect(JSON.parse(textOf(result as ToolResult))).toMatchObject({ name: "Grace Whitfield", email: null })
  const missing = await read({ tenantId: world.ours.tenantId, contactId: "c_none" })
  expect(missing).toMatchObject({ isError: true })
})

test("two servers that start at once make one table, and a later one leaves it as it is", async () => {
  await sql("DROP SCHEMA crm CASCADE")
  const both = await Promise.all([openContacts(database.ownerUrl), openContacts(database.ownerUrl)])
  await sql("DELETE FROM crm.contact WHERE contact_id = 'c_105'")
  const later = await openContacts(database.ownerUrl)

  expect(await later.find("c_105")).toBeNull()
  expect(await later.find("c_101")).not.toBeNull()
  await Promise.all([...both, later].map((each) => each.close()))
})

function patch(operations: readonly PatchOperation[], more: object = {}): Promise<ToolResult> {
  const input = { tenantId: world.ours.tenantId, contactId: "c_101", patch: operations, ...more }
  return createTools(guard, contacts)["crm.apply_patch"](input)
}

async function pending(): Promise<{ approvalId: string; changeHash: string }[]> {
  const { body } = await world.ours.key.get("/api/v1/approvals?status=pending")
  return body.items
}

async function nextPending() {
  await until("a change waits", async () => (await pending()).length > 0)
  const [first] = await pending()
  const { body } = await world.ours.key.get(`/api/v1/approvals/${first?.approvalId ?? ""}`)
  return body
}

async function approve({ approvalId, changeHash }: { approvalId: string; changeHash: string }) {
  const voted = await reviewer.post(`/api/v1/approvals/${approvalId}/votes`, {
    decision: "approve",
    changeHash,
  })
  expect(voted.status, voted.text).toBe(200)
}

function textOf(result: ToolResult): string {
  return result.content.map((item) => item.text).join("\n")
}

async function sql(text: string): Promise<void> {
  await withClient(database.ownerUrl, async (client) => {
    await client.query(text)
  })
}
