import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Caller, Reply } from "@/tests/support/api"
import { openBrowser, phone, signIn, type TestBrowser } from "@/tests/support/browser"
import { pendingWrite, spend, type Pending } from "@/tests/support/calls"
import { approvedWrite } from "@/tests/support/deciding"
import { lookAt } from "@/tests/support/look-at"
import { seedInstallation, type Installation } from "@/tests/support/installation"
import { settingsFor, startNode, type ServerNode } from "@/tests/support/node"
import { sharedPostgres, type DemoDatabase, type SharedPostgres } from "@/tests/support/shared-postgres"

let postgres: SharedPostgres
let database: DemoDatabase
let installation: Installation
let one: ServerNode
let other: ServerNode
let ownerAtOne: Caller
let reviewer: Caller
let agencyId: string

beforeAll(async () => {
  postgres = sharedPostgres()
  database = await postgres.newDemo()
  ;[one, other] = await Promise.all([startNode(settingsFor(database)), startNode(settingsFor(database))])
  installation = await seedInstallation(database)
  ownerAtOne = await (await installation.session("owner")).at(one.url)
  reviewer = await (await installation.session("reviewer")).at(one.url)
  agencyId = (await installation.su.query("SELECT agency_id FROM agency")).rows[0].agency_id
})

afterAll(async () => {
  await installation.close()
  expect(await Promise.all([one.stop(), other.stop()])).toEqual([0, 0])
  await postgres.close()
})

/** What the issue promises. */
const promptlyMs = 1_000

const reason = "The agent writes nonsense."

async function newKey(): Promise<Readonly<{ keyId: string; apiKey: string }>> {
  const made = await ownerAtOne.post(`/api/v1/tenants/${installation.tenantId}/keys`, {
    name: "short-lived",
    environments: ["prod"],
    scopes: ["request", "poll", "execute"],
  })
  return { keyId: made.body.key.keyId, apiKey: made.body.apiKey }
}

describe("a kill at one node, within a second at the other:", () => {
  const scopes: Readonly<Record<string, (approved: Pending, keyId: string) => string>> = {
    run: ({ runId }) => runId,
    key: (_, keyId) => keyId,
    tool: () => `${installation.tenantId}/workspace/write_file`,
    tenant: () => installation.tenantId,
    agency: () => agencyId,
  }

  test.each(Object.entries(scopes))(
    "%s: what is approved cannot be spent, and who waits is told",
    async (scope, id) => {
      const { keyId, apiKey } = await newKey()
      const keyAtOther = installation.withKey(other.url, apiKey)
      const asking = installation.withKey(one.url, apiKey)
      const approved = await approvedWrite(asking, reviewer)
      const waiting = scope === "run" ? approved : await pendingWrite(asking)
      const path = `/api/v1/approvals/${waiting.approvalId}`
      const { version } = (await keyAtOther.get(path)).body
      const polling = keyAtOther.get(`${path}?wait=25&version=${version}`)

      const killed = await ownerAtOne.post("/api/v1/kill", { scope, ids: [id(approved, keyId)], reason })
      const killedAt = Date.now()
      expect(killed.status, killed.text).toBe(200)
      const spent = await spend(keyAtOther, approved)
      const polled = await polling
      expect(Date.now() - killedAt).toBeLessThan(promptlyMs)

      expect(spent.status).not.toBe(200)
      expect(["cancelled", "unauthenticated"]).toContain(spent.body.code)
      expect(told(polled)).toMatch(/^(cancelled|unauthenticated)$/)
      const [{ stopId }] = killed.body.stopped
      if (stopId !== null) {
        expect((await ownerAtOne.delete(`/api/v1/kill/${stopId}`)).status).toBe(200)
        expect((await spend(keyAtOther, approved)).body.code).toBe("cancelled")
      }
    },
  )
})

function told({ status, body }: Reply): string {
  return String(status === 200 ? body.status : body.code)
}

describe("in the browser", () => {
  let browser: TestBrowser
  let page: Page

  beforeAll(async () => {
    browser = await openBrowser()
    page = await browser.newPage()
    const owner = installation.demo.people.find(({ role }) => role === "owner")
    if (owner === undefined) throw new Error("The demo has no owner.")
    await signIn(page, other.url, owner, "about:blank")
  })

  afterAll(() => browser.close())

  test("everything of the agency is stopped after reading what stops and typing its name, said on every page, and lifted", async () => {
    const key = installation.key(one.url)
    const pending = await pendingWrite(key)
    await page.goto(`${other.url}/clients`)
    await page.getByRole("button", { name: "Stop everything" }).click()
    const dialog = page.getByRole("dialog", { name: "Stop everything of Northwind Automation?" })
    await dialog.getByText(/It reaches 3 clients, \d+ API keys and \d+ open runs?\./).waitFor()
    await dialog.getByText(/1 change that waits for a decision/).waitFor()
    expect(await lookAt(page)).toEqual([])
    await dialog.getByLabel("Why").fill("A key has leaked.")
    await dialog.getByLabel("Type Northwind Automation to go on").fill("Northwind")
    await dialog.getByRole("button", { name: "Stop everything" }).click()
    await dialog.getByText("Type exactly: Northwind Automation").waitFor()
    expect((await key.get("/api/v1/approvals")).status).toBe(200)

    await dialog.getByLabel("Type Northwind Automation to go on").fill("Northwind Automation")
    await dialog.getByRole("button", { name: "Stop everything" }).click()
    const banner = page.getByRole("region", { name: "What is stopped" })
    await banner.getByText("A key has leaked.").waitFor()
    expect((await key.get("/api/v1/approvals")).status).toBe(401)
    for (const path of ["/inbox", "/keys", `/approvals/${pending.approvalId}`]) {
      await page.goto(other.url + path)
      await banner.getByText("Everything of Northwind Automation is stopped.").waitFor()
    }
    await page.getByText("Everything of the agency was stopped.").waitFor()
    expect(await lookAt(page)).toEqual([])

    await banner.getByRole("button", { name: "Lift the stop" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Lift the stop" }).click()
    await banner.waitFor({ state: "detached" })
    expect((await key.get("/api/v1/approvals")).status).toBe(200)
  })

  test("a tool is stopped on its page, also on a phone", async () => {
    await page.setViewportSize(phone)
    await page.goto(`${other.url}/tools/${installation.tenantId}/workspace/write_file/1.4.0`)
    await page.getByRole("button", { name: "Stop tool" }).click()
    await page.getByText("Nothing of it is being carried out right now.").waitFor()
    expect(await lookAt(page)).toEqual([])
    await page.getByLabel("Why").fill("It writes nonsense.")
    await page.getByRole("dialog").getByRole("button", { name: "Stop tool" }).click()
    const banner = page.getByRole("region", { name: "What is stopped" })
    await banner.getByText(/The tool workspace\/write_file of .+ is stopped\./).waitFor()
    await page.getByText("suspended", { exact: true }).waitFor()
    expect(await lookAt(page)).toEqual([])
    await banner.getByRole("button", { name: "Lift the stop" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Lift the stop" }).click()
    await banner.waitFor({ state: "detached" })
  })
})
