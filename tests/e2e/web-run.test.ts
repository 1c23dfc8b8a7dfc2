import type { Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest"
import { raisePrice } from "@/examples/agent/website-care"
import { signInReviewer } from "@/examples/demo/reviewer"
import { website } from "@/examples/demo/website"
import { caller, type Caller } from "@/tests/support/api"
import { axe } from "@/tests/support/axe"
import { openBrowser, phone, signIn, type Size, type TestBrowser } from "@/tests/support/browser"
import { aWrite, openRun, readFile } from "@/tests/support/calls"
import { openSite, underway } from "@/tests/support/mcp"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let key: Caller
let browser: TestBrowser
const desk: Size = { width: 1440, height: 900 }

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

test("an open run page tells what happens as it happens, by whom and with what result, and leads there and back", async () => {
  const site = await openSite({ url: server.url, apiKey: server.apiKey, files: website })
  const answer = underway(raisePrice(await site.connect()))
  const { approvalId } = await site.nextPending()
  const page = await openAsReviewer(`/runs/${site.runId}`)
  await page.getByRole("heading", { name: /^Run website-care/ }).waitFor()
  await page.getByText("Call waits for approval").waitFor()
  await page.evaluate(() => Object.assign(window, { isStillThisPage: true }))

  const reviewer = await signInReviewer(server.url, server.person("reviewer"))
  await reviewer.vote(approvalId, { decision: "approve" })
  expect(await answer).toMatchObject({ isDone: true })
  await page.getByText("Applied, exactly as approved").waitFor()
  expect(await page.evaluate(() => "isStillThisPage" in window)).toBe(true)
  const rows = await page.getByRole("region", { name: "What happened" }).getByRole("listitem").allInnerTexts()
  const told = rows.join("\n").replaceAll(/\s+/g, " ")
  expect(told).toMatch(
    /Run opened .*Call waits for approval .*Change approved .*Approval spent .*Applied, exactly as approved/,
  )
  expect(told).toContain("workspace · write_file 1.4.0")
  expect(told).toContain("by Rhea Novak")
  expect(told).toContain("main:pages/pricing.md")

  await page.getByRole("listitem").filter({ hasText: "Change approved" }).getByRole("link").click()
  await page.waitForURL(`**/approvals/${approvalId}`)
  await page.getByRole("complementary", { name: "About this request" }).getByTitle(site.runId).click()
  await page.waitForURL(`**/runs/${site.runId}`)
  await site.close()
})

test("a long run comes in pages, with the reasons of each refusal", async () => {
  const runId = await openRun(key, { step: "publish" })
  for (let call = 0; call < 101; call += 1) {
    const reply = await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: "a.txt" } })
    expect(reply.status, reply.text).toBe(200)
  }
  await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: 5 } })

  const page = await openAsReviewer(`/runs/${runId}`)
  const events = page.getByRole("region", { name: "What happened" }).locator("ol > li")
  await page.getByText("Run opened").waitFor()
  expect(await events.count()).toBe(100)
  await page.getByRole("link", { name: "Show later events" }).click()
  await page.getByText("Call refused").waitFor()
  expect(await events.count()).toBe(3)
  expect(await page.getByRole("list", { name: "Reasons" }).innerText()).toContain("/path")
  expect(await page.getByRole("link", { name: "Show later events" }).count()).toBe(0)
  await page.getByRole("link", { name: "Show from the beginning" }).click()
  await page.getByText("Run opened").waitFor()

  await page.goto(`${server.url}/runs/${runId}?cursor=nowhere`)
  expect(new URL(page.url()).search).toBe("")
  await page.goto(`${server.url}/runs/${runId}?cursor=999999999`)
  await page.getByText("Nothing later has happened yet.").waitFor()
})

test("a change can be read side by side, and the choice is remembered by the server", async () => {
  const approvalId = await ask()
  const page = await openAsReviewer(`/approvals/${approvalId}`)
  await page.getByText("1 of 1 hunk seen", { exact: true }).waitFor()
  const layout = page.getByRole("group", { name: "Layout of the diff" })
  await layout.getByRole("button", { name: "split" }).click()
  await page.locator(".split-line").first().waitFor()

  expect(await layout.getByRole("button", { name: "split" }).getAttribute("aria-pressed")).toBe("true")
  // What was on screen before stays seen: nobody reads the same lines twice.
  expect(await page.getByRole("button", { name: "Approve this change" }).isEnabled()).toBe(true)
  const [removed, added] = [page.getByRole("deletion").first(), page.getByRole("insertion").first()]
  const [left, right] = [await removed.boundingBox(), await added.boundingBox()]
  expect(left?.y).toBe(right?.y)
  expect((left?.x ?? 0) + (left?.width ?? 0)).toBeLessThanOrEqual(right?.x ?? 0)
  expect(await added.innerText()).toContain("4U+200B ZERO WIDTH SPACE9")
  await page.getByText("1 hidden character").first().waitFor()

  const html = await (await page.request.get(page.url())).text()
  expect(html).toContain('class="split-line"')
  await page.reload()
  await page.locator(".split-line").first().waitFor()
  await page.getByText("1 of 1 hunk seen", { exact: true }).waitFor()
  await page.setViewportSize({ width: 1000, height: 900 })
  await page.locator(".diff-line").first().waitFor()
  expect(await page.locator(".split-line").count()).toBe(0)
})

test("nothing can be approved side by side before all of it was on screen", async () => {
  const lines = Array.from({ length: 300 }, (_, index) => `row ${index}`)
  const text = (suffix: string) => ({ text: `${lines.map((line) => line + suffix).join("\n")}\n` })
  const approvalId = await ask({ before: text(""), after: text(" more") })
  const page = await openAsReviewer("/inbox")
  await page.evaluate(() => {
    document.cookie = "deltaseal-diff=split; path=/"
  })
  await page.goto(`${server.url}/approvals/${approvalId}`)
  await page.locator(".split-line").first().waitFor()

  const approve = page.getByRole("button", { name: "Approve this change" })
  await page.keyboard.press("End")
  await page.getByText("row 299 more", { exact: true }).waitFor()
  expect(await approve.isDisabled()).toBe(true)
  const pressUntilSeen = async () => {
    await page.keyboard.press("n")
    if (await approve.isDisabled()) throw new Error(await page.getByText(/hunks? seen/).innerText())
  }
  await vi.waitFor(pressUntilSeen, { timeout: 20_000, interval: 50 })
})

test("a run that nobody here may see looks like one that does not exist", async () => {
  const page = await openAsReviewer("/inbox")
  const response = await page.request.get(`${server.url}/runs/run_01J00000000000000000000000`)
  expect(await response.text()).toContain("There is nothing here for you")
})

test.each([
  ["a desk", desk, "light"],
  ["a phone", phone, "dark"],
] as const)(
  "axe finds nothing on the run page and in the split view on %s of %o in %s",
  async (_, size, colorScheme) => {
    const runId = await openRun(key)
    const { body } = await key.post("/api/v1/tool-calls", aWrite(runId, hidden()))
    await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: 5 } })
    const page = await openAsReviewer(`/runs/${runId}`, size)
    await page.emulateMedia({ colorScheme })
    await page.getByText("Call refused").waitFor()
    expect(await axe(page)).toEqual([])
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(sideways).toBeLessThanOrEqual(0)

    await page.evaluate(() => {
      document.cookie = "deltaseal-diff=split; path=/"
    })
    await page.goto(`${server.url}/approvals/${String(body.approval.approvalId)}`)
    await page
      .locator(size === phone ? ".diff-line" : ".split-line")
      .first()
      .waitFor()
    expect(await axe(page)).toEqual([])
  },
)

type Sides = Readonly<{ before: { text: string }; after: { text: string } }>

const hiddenSides: Sides = {
  before: { text: "prices\nStarter: 49 a month\n\nsame\n" },
  after: { text: "prices\nStarter: 4\u200b9 a month\nand more\n\nsame\n" },
}

function hidden(sides: Sides = hiddenSides): object {
  const target = { workspace: "main", path: "docs/prices.md" }
  return { change: { parts: [{ kind: "file", target, ...sides }] } }
}

async function ask(sides?: Sides): Promise<string> {
  const reply = await key.post("/api/v1/tool-calls", aWrite(await openRun(key), hidden(sides)))
  if (reply.status !== 202) throw new Error(reply.text)

  return String(reply.body.approval.approvalId)
}

async function openAsReviewer(path: string, size?: Size): Promise<Page> {
  const page = await browser.newPage(size)
  await signIn(page, server.url, server.person("reviewer"), path)
  return page
}
