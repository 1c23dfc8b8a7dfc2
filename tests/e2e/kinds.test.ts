import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { caller, type Caller } from "@/tests/support/api"
import { aWrite, openRun } from "@/tests/support/calls"
import { openBrowser, phone, signIn, type Size, type TestBrowser } from "@/tests/support/browser"
import { hostile, kindChanges, mixedParts } from "@/tests/support/kind-changes"
import { lookAt } from "@/tests/support/look-at"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

const sizes: readonly Size[] = [{ width: 1440, height: 900 }, phone]
/** A busy machine scrolls late. */
const patient = { timeout: 10_000 }

let server: TestServer
let browser: TestBrowser
let key: Caller
let runId: string
const pages = new Map<Size, Page>()

beforeAll(async () => {
  server = await startServer(await newDataDir())
  key = caller(server.url, { authorization: `Bearer ${server.apiKey}` })
  runId = await openRun(key)
  browser = await openBrowser()
  for (const size of sizes) {
    const page = await browser.newPage(size)
    await signIn(page, server.url, server.person("reviewer"), "about:blank")
    pages.set(size, page)
  }
})

afterAll(async () => {
  await browser.close()
  await server.stop()
  await removeDataDir(server.dataDir)
})

/** On the desk each, on the phone every fourth: their pieces are the same. */
const shownKinds = kindChanges.map((kind, at) => ({
  ...kind,
  shown: at % 4 === 0 ? sizes : sizes.slice(0, 1),
}))

test.each(shownKinds)(
  "a change of kind $name says all it is, opens for approving when all of it was seen, and is approved",
  async ({ parts, says, shown: shownAt }) => {
    for (const [at, size] of shownAt.entries()) {
      const page = await openApproval(size, await ask(parts))
      // A reader looks at what is folded too: nothing is approved before.
      await seeAll(page)
      const shown = await page.locator("main").innerText()
      for (const words of says) expect(shown).toContain(words)
      expect(await complaints(page)).toEqual([])
      if (at > 0) continue

      await approveButton(page).click()
      await page.getByRole("heading", { name: "Approved by Rhea Novak" }).waitFor()
    }
  },
)

test("a config's text keeps approving shut until it was opened and seen", async () => {
  const config = kindChanges.find(({ name }) => name === "config")
  const page = await openApproval({ ...phone, height: 3_000 }, await ask(config?.parts ?? []))
  await page.getByText("1 of 2 hunks seen").waitFor()
  expect(await approveButton(page).isDisabled()).toBe(true)
  expect(await page.getByText("# raised for the fair").count()).toBe(0)

  await page.getByRole("button", { name: /Its text/ }).click()
  await page.getByText("2 of 2 hunks seen").waitFor()
  expect(await approveButton(page).isEnabled()).toBe(true)
})

test.each(sizes)("a hundred parts are found by their list and seen one by one, $width wide", async (size) => {
  const page = await openApproval(size, await ask(mixedParts()))
  await seeSome(page)
  const list = await partList(page, size)
  expect(await list.getByRole("link").count()).toBe(100)
  expect(await list.getByRole("img", { name: "seen" }).count()).toBeLessThan(100)

  await list.getByRole("link", { name: /page-40\.md/ }).click()
  await page.getByRole("heading", { name: "docs/page-40.md" }).waitFor()
  await expect.poll(() => isInSight(page, "docs/page-40.md"), patient).toBe(true)
  const current = (await partList(page, size)).locator("[aria-current]")
  await expect.poll(() => current.innerText(), patient).toContain("page-40.md")
  await page.keyboard.press("Escape")
  await page.keyboard.press("]")
  await expect.poll(() => isInSight(page, "docs/page-41.md"), patient).toBe(true)
  expect(await approveButton(page).isDisabled()).toBe(true)

  await seeAll(page)
  const seen = (await partList(page, size)).getByRole("img", { name: "seen" })
  expect(await seen.count()).toBe(100)
  await page.keyboard.press("Escape")
  expect(await complaints(page)).toEqual([])
  if (size === phone) return

  await approveButton(page).click()
  await page.getByRole("heading", { name: "Approved by Rhea Novak" }).waitFor()
})

test("what was asked for before stands above the change, with who denied it and what changed since", async () => {
  const content = (text: string) => [
    { kind: "file", target: { workspace: "main", path: "docs/again.md" }, before: null, after: { text } },
  ]
  const first = await ask(content("Starter: 49\n"))
  const page = await openApproval(sizes[0] ?? phone, first)
  await page.getByRole("button", { name: "Deny and tell the agent" }).click()
  await page.locator("#reason").fill("Not without <b>tax</b>.")
  await page.getByRole("button", { name: "Deny and tell the agent" }).click()
  await page.getByRole("heading", { name: "Denied by Rhea Novak" }).waitFor()

  await openApproval(sizes[0] ?? phone, await ask(content("Starter: 59\n")))
  const panel = page.getByRole("region", { name: "Asked before" })
  expect(await panel.innerText()).toContain("denied by Rhea Novak")
  expect(await panel.innerText()).toContain("Not without <b>tax</b>.")
  await panel.getByRole("button", { name: /docs\/again\.md/ }).click()
  expect(await panel.getByRole("deletion").innerText()).toBe("Starter: 49")
  expect(await panel.getByRole("insertion").innerText()).toBe("Starter: 59")
  expect(await lookAt(page)).toEqual([])
})

async function ask(parts: readonly object[]): Promise<string> {
  const input = { path: "docs/a.txt", content: hostile }
  const reply = await key.post("/api/v1/tool-calls", aWrite(runId, { input, change: { parts } }))
  if (reply.status !== 202) throw new Error(reply.text)
  return String(reply.body.approval.approvalId)
}

async function openApproval(size: Size, approvalId: string): Promise<Page> {
  const page = pages.get(size) ?? pages.get(phone)
  if (page === undefined) throw new Error("No page is open.")
  await page.setViewportSize(size)
  await page.goto(`${server.url}/approvals/${approvalId}`)
  await page.getByRole("region", { name: "Decide" }).waitFor()
  return page
}

function approveButton(page: Page) {
  return page.getByRole("button", { name: "Approve this change" })
}

/** As a person with the N key does it. */
async function seeAll(page: Page): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await approveButton(page).isEnabled())) {
    if (Date.now() > deadline) throw new Error("Not all of it could be seen.")
    await page.keyboard.press("n")
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  }
}

/** Where something was seen, scripts are running. */
async function seeSome(page: Page): Promise<void> {
  const seen = page.getByText(/^[1-9]\d* of \d+ hunks seen/)
  await expect
    .poll(async () => {
      await page.keyboard.press("n")
      return seen.count()
    }, patient)
    .toBe(1)
}

async function partList(page: Page, size: Size) {
  if (size !== phone) return page.getByRole("navigation", { name: "The parts of this change" })

  // A driven mouse first scrolls what it presses away from the edge, and with it the page.
  await page.getByRole("button", { name: /^part \d+ of 100$/ }).dispatchEvent("click")
  return page.getByRole("dialog", { name: "100 parts" })
}

async function isInSight(page: Page, path: string): Promise<boolean> {
  const box = await page.getByRole("heading", { name: path }).boundingBox()
  return box !== null && box.y >= 40 && box.y < 200
}

/** What axe says, and whatever of the content became more than text. */
async function complaints(page: Page): Promise<string[]> {
  const made = await page.evaluate(() =>
    Array.from(
      document.querySelectorAll("main img, main b, main script, main a[href*='evil']"),
      (it) => it.outerHTML,
    ),
  )
  return [...made, ...(await lookAt(page))]
}
