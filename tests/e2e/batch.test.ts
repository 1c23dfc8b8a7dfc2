import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { caller, type Caller } from "@/tests/support/api"
import { openBrowser, signIn, type TestBrowser } from "@/tests/support/browser"
import { aWrite, openRun } from "@/tests/support/calls"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let browser: TestBrowser
let key: Caller

beforeAll(async () => {
  server = await startServer(await newDataDir())
  browser = await openBrowser()
  key = caller(server.url, { authorization: `Bearer ${server.apiKey}` })
})

afterAll(async () => {
  await browser.close()
  await server.stop()
  await removeDataDir(server.dataDir)
})

/** A change of one file that is longer than a screen. */
async function asked(runId: string, path: string): Promise<string> {
  const text = Array.from({ length: 40 }, (_, at) => `line ${at} of ${path}\n`).join("")
  const parts = [{ kind: "file", target: { workspace: "main", path }, before: { text: "" }, after: { text } }]
  const input = { path, content: text }
  const reply = await key.post("/api/v1/tool-calls", aWrite(runId, { input, change: { parts } }))
  if (reply.status !== 202) throw new Error(reply.text)

  return String(reply.body.approval.approvalId)
}

test("several changes are approved at once from the inbox, when all of each was on screen", async () => {
  const runId = await openRun(key)
  const ids = []
  for (const name of ["one", "two", "three"]) ids.push(await asked(runId, `docs/${name}.md`))
  const page = await browser.newPage()
  await signIn(page, server.url, server.person("reviewer"))

  // With the keyboard and with the mouse.
  await page.getByText("docs/one.md").first().waitFor()
  // A page that has only just come does not listen yet.
  const isOnRow = async () => {
    await page.keyboard.press("j")
    return await page.evaluate(() => document.activeElement?.hasAttribute("data-row") === true)
  }
  await expect.poll(isOnRow, { timeout: 10_000 }).toBe(true)
  await page.keyboard.press("x")
  await page.getByText("1 change chosen").waitFor()
  await page.keyboard.press("j")
  await page.keyboard.press("x")
  await page.getByText("2 changes chosen").waitFor()
  await page.getByRole("checkbox", { name: /docs\/three\.md/ }).check()
  await page.getByRole("link", { name: "Review together" }).click()

  await page.getByRole("heading", { name: "3 changes, decided together" }).waitFor()
  const approve = page.getByRole("button", { name: /^Approve/ })
  expect(await approve.isDisabled()).toBe(true)
  await page.getByRole("checkbox", { name: /change 3/ }).uncheck()
  expect(await approve.textContent()).toContain("Approve all 2")
  await page.getByRole("checkbox", { name: /change 3/ }).check()
  await vi.waitFor(
    async () => {
      await page.keyboard.press("n")
      expect(await approve.isEnabled()).toBe(true)
    },
    { timeout: 20_000, interval: 100 },
  )
  await approve.click()
  await page.getByText("Decided.").waitFor()
  await page.getByText("Nothing of this waits for you any more.").waitFor()

  for (const approvalId of ids) {
    expect((await key.get(`/api/v1/approvals/${approvalId}`)).body).toMatchObject({ status: "approved" })
  }
})
