import type { Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest"
import { caller, type Caller } from "@/tests/support/api"
import { openBrowser, phone, signIn, type Size, type TestBrowser } from "@/tests/support/browser"
import { aWrite, openRun } from "@/tests/support/calls"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let key: Caller
let browser: TestBrowser

beforeAll(async () => {
  server = await startServer(await newDataDir())
  key = caller(server.url, { authorization: `Bearer ${server.apiKey}` })
})

beforeEach(async () => {
  browser = await openBrowser()
})

afterEach(async () => {
  await browser.close()
})

afterAll(async () => {
  await server.stop()
  await removeDataDir(server.dataDir)
})

test("runs appear as agents open them, the keyboard walks through them, and each leads to its page", async () => {
  const page = await openAs("reviewer", "/runs")
  await page.getByText("No agent has worked here yet").waitFor()
  await page.evaluate(() => Object.assign(window, { isStillThisPage: true }))
  const [first, second] = [
    await openRun(key, { workflow: "first" }),
    await openRun(key, { workflow: "second" }),
  ]
  await page.getByRole("row", { name: /^second open/ }).waitFor()
  expect(await page.evaluate(() => "isStillThisPage" in window)).toBe(true)

  await page.keyboard.press("j")
  await page.keyboard.press("j")
  expect(await focusedPath(page)).toBe(`/runs/${first}`)
  await page.keyboard.press("k")
  expect(await focusedPath(page)).toBe(`/runs/${second}`)
  await page.keyboard.press("Enter")
  await page.waitForURL(`**/runs/${second}`)
  expect(await page.getByRole("button", { name: "Stop this run" }).count()).toBe(0)

  await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "Runs" }).click()
  // All of the row is the link, also where there is nothing but space.
  const row = page.getByRole("row", { name: /^first open/ })
  const box = await row.boundingBox()
  await page.mouse.click((box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + 4)
  await page.waitForURL(`**/runs/${first}`)
})

test("an admin stops a run, after reading what is cancelled with it", async () => {
  const runId = await openRun(key, { workflow: "runaway" })
  const asked = await key.post("/api/v1/tool-calls", aWrite(runId))
  const approvalId = String(asked.body.approval.approvalId)
  const page = await openAs("admin", `/runs/${runId}`)

  await page.getByRole("button", { name: "Stop this run" }).click()
  const dialog = page.getByRole("dialog", { name: "Stop this run?" })
  await dialog.getByText("1 change that waits for a decision is cancelled with it.").waitFor()
  await page.keyboard.press("Escape")
  await dialog.waitFor({ state: "hidden" })
  expect((await key.get(`/api/v1/runs/${runId}`)).body.status).toBe("open")

  await page.getByRole("button", { name: "Stop this run" }).click()
  await dialog.getByLabel("Why").fill("It runs away.")
  await dialog.getByRole("button", { name: "Stop this run" }).click()
  await page.getByText("The run is stopped.").waitFor()
  await page.getByText("Approval cancelled; the change was not made").waitFor()
  expect(await page.getByRole("button", { name: "Stop this run" }).count()).toBe(0)
  expect((await key.get(`/api/v1/runs/${runId}`)).body.status).toBe("closed")
  expect((await key.get(`/api/v1/approvals/${approvalId}`)).body.status).toBe("cancelled")
})

test("a run that somebody else stopped meanwhile is not stopped twice, and the page says how it is", async () => {
  const runId = await openRun(key)
  const page = await openAs("admin", `/runs/${runId}`)
  await page.getByRole("button", { name: "Stop this run" }).click()
  await page.getByLabel("Why").fill("It runs away.")
  await key.post(`/api/v1/runs/${runId}/close`)
  await page.getByRole("dialog").getByRole("button", { name: "Stop this run" }).click()
  await page.getByRole("status").getByText("closed").waitFor()
})

test("the list shows the status, environment and client that are chosen, and the address keeps the choice", async () => {
  const closed = await openRun(key, { workflow: "over" })
  await key.post(`/api/v1/runs/${closed}/close`)
  await openRun(key, { workflow: "trial", environment: "dev" })
  const page = await openAs("auditor", "/runs")

  await page.getByRole("link", { name: "Closed", exact: true }).click()
  await page.waitForURL("**/runs?status=closed")
  await page.getByRole("row", { name: /^over closed/ }).waitFor()
  expect(await page.getByRole("row", { name: /^trial/ }).count()).toBe(0)

  await page.getByRole("link", { name: "All", exact: true }).click()
  await page.getByRole("row", { name: /^trial open/ }).waitFor()
  await page.getByLabel("Environment", { exact: true }).selectOption("dev")
  await page.waitForURL("**/runs?environment=dev")
  await page.getByRole("row", { name: /^trial open/ }).waitFor()
  await page.getByLabel("Client", { exact: true }).selectOption({ label: "Brightside Travel" })
  await page.getByText("No run is like this").waitFor()
  await page.reload()
  expect(await page.getByLabel("Environment", { exact: true }).inputValue()).toBe("dev")
})

test("a long list comes in pages, newest first", async () => {
  for (let at = 0; at < 52; at += 1) await openRun(key, { workflow: `bulk ${at}` })
  const page = await openAs("reviewer", "/runs")
  await page.getByRole("row", { name: /^bulk 51 / }).waitFor()
  expect(await page.getByRole("row").count()).toBe(51)

  await page.getByRole("link", { name: "Show older ones" }).click()
  await page.getByRole("row", { name: /^bulk 1 / }).waitFor()
  await page.getByRole("link", { name: "Show the newest" }).click()
  await page.getByRole("row", { name: /^bulk 51 / }).waitFor()
  await page.goto(`${server.url}/runs?cursor=nowhere`)
  await page.waitForURL((url) => url.search === "")
})

test("from the inbox, A and D open the selected change, D with its reason; nothing is decided from there", async () => {
  const runId = await openRun(key)
  const { body } = await key.post("/api/v1/tool-calls", aWrite(runId))
  const approvalId = String(body.approval.approvalId)
  const page = await openAs("reviewer", "/inbox")
  await page.getByText("needs 1 reviewer").first().waitFor()
  await page.keyboard.press("d")
  expect(new URL(page.url()).pathname).toBe("/inbox")
  await select(page, approvalId)
  await page.keyboard.press("d")
  await page.waitForURL(`**/approvals/${approvalId}`)
  await page.getByLabel("Why not? The agent reads this.").waitFor()

  await page.goto(`${server.url}/inbox`)
  await select(page, approvalId)
  await page.keyboard.press("a")
  await page.waitForURL(`**/approvals/${approvalId}`)
  expect((await key.get(`/api/v1/approvals/${approvalId}`)).body.status).toBe("pending")
})

test("on a phone everything is in reach: four places at the bottom, the rest behind More", async () => {
  const runId = await openRun(key, { workflow: "pocket" })
  const page = await openAs("admin", "/inbox", phone)
  const bar = page.getByRole("complementary", { name: "Deltaseal, at the bottom" })
  await bar.getByRole("link", { name: "Runs" }).click()
  await page.waitForURL("**/runs")
  expect(await bar.getByRole("link", { name: "Runs" }).getAttribute("aria-current")).toBe("page")
  await page.getByText("pocket").click()
  await page.waitForURL(`**/runs/${runId}`)

  await bar.getByRole("button", { name: "More" }).click()
  const entries = await page.getByRole("menuitem").allInnerTexts()
  expect(entries).toEqual(["Tools", "Policies", "Keys", "Members", "Clients", "Your account", "Sign out"])
})

/** Presses J until the row has the focus: a page that is not alive yet hears nothing. */
async function select(page: Page, approvalId: string): Promise<void> {
  const press = async () => {
    await page.keyboard.press("j")
    expect(await focusedPath(page)).toBe(`/approvals/${approvalId}`)
  }
  await vi.waitFor(press, { timeout: 10_000, interval: 50 })
}

async function focusedPath(page: Page): Promise<string | null> {
  return await page.evaluate(() => document.activeElement?.getAttribute("href") ?? null)
}

async function openAs(role: string, path: string, size?: Size): Promise<Page> {
  const page = await browser.newPage(size)
  await signIn(page, server.url, server.person(role), path)
  return page
}
