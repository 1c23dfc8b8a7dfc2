import { randomBytes } from "node:crypto"
import type { Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest"
import { connectAgent, type Agent } from "@/examples/agent/agent"
import { openContacts, type Contacts } from "@/examples/crm-server/contacts"
import { startEmbeddedPostgres, type EmbeddedPostgres } from "@/lib/db/embedded/embedded-postgres"
import { openBrowser, phone, signIn, type TestBrowser } from "@/tests/support/browser"
import { underway } from "@/tests/support/mcp"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let crmDir: string
let crmDatabase: EmbeddedPostgres
let contacts: Contacts
let agent: Agent
let browser: TestBrowser

beforeAll(async () => {
  server = await startServer(await newDataDir())
  crmDir = await newDataDir()
  crmDatabase = await startEmbeddedPostgres({
    dataDir: crmDir,
    passwords: { superuser: secret(), owner: secret(), app: secret() },
    database: "crm",
    durable: false,
  })
  contacts = await openContacts(crmDatabase.ownerUrl)
  agent = await connectAgent({
    command: process.execPath,
    args: ["dist/examples/crm-server.js"],
    env: {
      DELTASEAL_URL: server.url,
      DELTASEAL_API_KEY: server.apiKey,
      DELTASEAL_ENVIRONMENT: "prod",
      DELTASEAL_STATE_DIR: `${crmDir}/guard`,
      CRM_DATABASE_URL: crmDatabase.ownerUrl,
    },
  })
})

afterAll(async () => {
  await agent.close()
  await contacts.close()
  await crmDatabase.stop()
  await removeDataDir(crmDir)
  await server.stop()
  await removeDataDir(server.dataDir)
})

beforeEach(async () => {
  browser = await openBrowser()
})

afterEach(async () => {
  await browser.close()
})

test.each([
  ["a phone", phone, "c_101", "Lead"],
  ["a desk", { width: 1440, height: 900 }, "c_104", "Subscriber"],
] as const)(
  "on %s a person reads field by field what a contact becomes, and it becomes exactly that",
  async (_, size, contactId, stage) => {
    const calling = underway(
      patch(contactId, [
        { op: "replace", path: "/lifecycleStage", value: "MQL" },
        { op: "add", path: "/notes/-", value: "Called\u200b back." },
      ]),
    )
    const page = await browser.newPage(size)
    await signIn(page, server.url, server.person("reviewer"))
    await page.getByRole("link", { name: "Updates 1 contact in crm: lifecycleStage" }).first().click()

    const stageRow = page.getByRole("row", { name: "/lifecycleStage" })
    expect(await stageRow.getByRole("deletion").innerText()).toBe(`"${stage}"`)
    expect(await stageRow.getByRole("insertion").innerText()).toBe('"MQL"')
    const note = page.getByRole("row", { name: "/notes/" }).getByRole("insertion")
    expect(await note.innerText()).toBe('"CalledU+200B ZERO WIDTH SPACE back."')
    expect(await page.getByText("1 hidden character").count()).toBeGreaterThan(0)
    expect(await isWiderThanScreen(page)).toBe(false)

    await page.getByRole("button", { name: "Approve this change" }).click()
    await page.getByRole("heading", { name: "Approved by Rhea Novak" }).waitFor()
    expect(await calling).toContain("exactly as approved")
    expect(await contacts.find(contactId)).toMatchObject({
      contact: { lifecycleStage: "MQL" },
      version: "2",
    })
  },
)

test("an e-mail address is refused before anybody is asked", async () => {
  const answer = await patch("c_103", [{ op: "replace", path: "/email", value: "eve@evil.example" }])

  expect(answer).toContain("patch_path_not_allowed")
  expect(answer).toContain("The tool may not change /email.")
  expect(await contacts.find("c_103")).toMatchObject({ version: "1" })
})

async function patch(contactId: string, operations: readonly object[]): Promise<string> {
  const tenantId = server.facts.tenants[0]?.tenantId ?? ""
  const asking = { reason: "Ticket 4412: she wants to become a member." }
  return (await agent.patchContact({ tenantId, contactId, patch: operations }, asking)).text
}

async function isWiderThanScreen(page: Page): Promise<boolean> {
  return await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
}

function secret(): string {
  return randomBytes(24).toString("hex")
}
