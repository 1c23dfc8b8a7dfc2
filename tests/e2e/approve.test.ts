import type { Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest"
import { sha256Hex } from "@deltaseal/guard/change"
import { addInsurancePage, raisePrice } from "@/examples/agent/website-care"
import { signInReviewer } from "@/examples/demo/reviewer"
import { website } from "@/examples/demo/website"
import { openBrowser, phone, signIn, type TestBrowser } from "@/tests/support/browser"
import { openSite, underway, type Site } from "@/tests/support/mcp"
import { newDataDir, removeDataDir, startDemoServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let browser: TestBrowser
let site: Site
const pricing = "pages/pricing.md"
const before = website[pricing] ?? ""
const after = before
  .replace("Membership: $49 a month", "Membership: $55 a month")
  .replace("Prices valid since 1 January 2025.", "Prices valid from 1 January 2027.")

beforeAll(async () => {
  server = await startDemoServer(await newDataDir())
})

beforeEach(async () => {
  browser = await openBrowser()
  site = await openSite({ url: server.url, apiKey: server.apiKey, files: website })
})

afterEach(async () => {
  await site.close()
  await browser.close()
})

afterAll(async () => {
  await server.stop()
  await removeDataDir(server.dataDir)
})

test("what a reviewer approves in the browser is written, byte for byte, and the page and the run's events say so", async () => {
  const agent = await site.connect()
  const page = await browser.newPage()
  await signIn(page, server.url, server.person("reviewer"))
  const answer = underway(raisePrice(agent))

  // The inbox was open before the agent asked.
  await waitingIn(page)
    .getByRole("link", { name: `Updates ${pricing}` })
    .click()
  await page.getByRole("heading", { name: `Updates ${pricing} in workspace main` }).waitFor()
  expect(await site.read(pricing)).toBe(before)
  expect(await texts(page, "deletion")).toEqual([
    "Prices valid since 1 January 2025.",
    "Membership: $49 a month",
  ])
  expect(await texts(page, "insertion")).toEqual([
    "Prices valid from 1 January 2027.",
    "Membership: $55 a month",
  ])
  const said = page.getByRole("region", { name: "said by the agent, not verified" })
  expect(await said.innerText()).toContain("the practice raises its monthly membership from $49 to $55")

  await markForReload(page)
  await page.getByRole("button", { name: "Approve this change" }).click()
  expect(await answer).toMatchObject({ isDone: true, status: "applied" })
  expect(await site.read(pricing)).toBe(after)

  await page.getByText("ran exactly as approved", { exact: false }).first().waitFor()
  expect(
    await page.getByRole("status").filter({ hasText: "Approved by Rhea Novak" }).innerText(),
  ).toBeTruthy()
  expect(await wasReloaded(page)).toBe(false)
  const events = await site.eventsWith("execution.applied")
  expect(events.at(-1)).toMatchObject({
    eventType: "execution.applied",
    tool: { server: "workspace", name: "write_file" },
    result: { status: "applied", matchesApproved: true },
    receipts: [{ type: "file", id: `main:${pricing}`, digest: sha256Hex(after) }],
  })
})

test("a denial leaves everything as it was, and the agent reads why", async () => {
  const agent = await site.connect()
  const page = await browser.newPage()
  const answer = underway(addInsurancePage(agent))
  const { reviewUrl } = await site.nextPending()

  await signIn(page, server.url, server.person("admin"), reviewUrl)
  await page.getByRole("button", { name: "Deny and tell the agent" }).click()
  await page.getByLabel("Why not?", { exact: false }).fill("Cigna left last month. Ask the practice first.")
  await page.getByRole("button", { name: "Deny and tell the agent" }).click()

  const { isDone, status, text } = await answer
  expect({ isDone, status }).toEqual({ isDone: false, status: "denied" })
  expect(text).toContain("denied by Adam Reyes")
  expect(text).toContain('saying "Cigna left last month. Ask the practice first."')
  expect(text).toContain("Nothing was changed.")
  await page.getByRole("heading", { name: "Denied by Adam Reyes" }).waitFor()
  expect(await site.read("pages/faq/insurance.md")).toBeNull()
  const events = await site.eventsWith("approval.denied")
  expect(
    events.filter(({ executionId, eventType }) => executionId && eventType !== "tool_call.allowed"),
  ).toEqual([])
})

test("a change can be decided on a phone, with the action bar under the thumb and over no line", async () => {
  const agent = await site.connect()
  const page = await browser.newPage(phone)
  await signIn(page, server.url, server.person("reviewer"))
  const answer = underway(raisePrice(agent))

  await waitingIn(page)
    .getByRole("link", { name: `Updates ${pricing}` })
    .click()
  const approve = page.getByRole("button", { name: "Approve this change" })
  await approve.waitFor()
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(sideways).toBeLessThanOrEqual(0)
  const box = await approve.boundingBox()
  expect(box?.height).toBeGreaterThanOrEqual(36)
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeGreaterThan(phone.height * 0.6)

  await page.getByRole("insertion").last().scrollIntoViewIfNeeded()
  await approve.click()
  expect(await answer).toMatchObject({ isDone: true })
  await page.getByText("ran exactly as approved", { exact: false }).first().waitFor()
  expect(await site.read(pricing)).toBe(after)
})

test("an open page learns of a decision made elsewhere without being loaded again", async () => {
  const agent = await site.connect()
  const page = await browser.newPage()
  const answer = underway(raisePrice(agent))
  const { approvalId, reviewUrl } = await site.nextPending()
  await signIn(page, server.url, server.person("reviewer"), reviewUrl)
  await page.getByRole("button", { name: "Approve this change" }).waitFor()
  await markForReload(page)

  const elsewhere = await signInReviewer(server.url, server.person("admin"))
  await elsewhere.vote(approvalId, { decision: "deny", reason: "Not before the new year." })

  await page.getByRole("heading", { name: "Denied by Adam Reyes" }).waitFor()
  expect(await page.getByRole("button", { name: "Approve this change" }).count()).toBe(0)
  expect(await wasReloaded(page)).toBe(false)
  expect(await answer).toMatchObject({ isDone: false, status: "denied" })
})

test("the owner of the key that asks is told why she may not decide", async () => {
  const agent = await site.connect()
  const page = await browser.newPage()
  const answer = underway(raisePrice(agent))
  const { approvalId, reviewUrl } = await site.nextPending()

  await signIn(page, server.url, server.person("owner"), reviewUrl)
  await page.getByRole("region", { name: "Decide" }).waitFor()
  expect(await page.getByRole("button", { name: "Approve this change" }).count()).toBe(0)
  const owner = await signInReviewer(server.url, server.person("owner"))
  await expect(owner.vote(approvalId, { decision: "approve" })).rejects.toThrow("separation_of_duties")

  const reviewer = await signInReviewer(server.url, server.person("reviewer"))
  await reviewer.vote(approvalId, { decision: "deny", reason: "Only a test." })
  expect(await answer).toMatchObject({ status: "denied" })
  expect(await site.read(pricing)).toBe(before)
})

/** The part of the inbox that waits for decisions on this run's changes. */
function waitingIn(page: Page) {
  return page.getByRole("region", { name: /^Acme Dental.*run website-care/ })
}

async function texts(page: Page, role: "deletion" | "insertion"): Promise<string[]> {
  return (await page.getByRole(role).allInnerTexts()).map((text) => text.trim())
}

/** A page that is loaded again forgets what was written on its window. */
async function markForReload(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { isStillThisPage: true }))
}

async function wasReloaded(page: Page): Promise<boolean> {
  return await page.evaluate(() => !("isStillThisPage" in window))
}
