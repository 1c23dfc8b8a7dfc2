import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { website } from "@/examples/demo/website"
import { caller } from "@/tests/support/api"
import { openBrowser, signIn, type TestBrowser } from "@/tests/support/browser"
import { pendingWrite } from "@/tests/support/calls"
import { openSite, underway, type Site } from "@/tests/support/mcp"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let browser: TestBrowser
let site: Site
const pricing = "pages/pricing.md"
const before = website[pricing] ?? ""
const at = (price: number) => before.replace("$49", `$${price}`)

beforeAll(async () => {
  server = await startServer(await newDataDir())
  browser = await openBrowser()
  site = await openSite({ url: server.url, apiKey: server.apiKey, files: website })
})

afterAll(async () => {
  await site.close()
  await browser.close()
  await server.stop()
  await removeDataDir(server.dataDir)
})

test("an approval is withdrawn before it is spent, and the change can be decided again", async () => {
  const page = await browser.newPage()
  const { approvalId } = await pendingWrite(caller(server.url, { authorization: `Bearer ${server.apiKey}` }))
  await signIn(page, server.url, server.person("reviewer"), `/approvals/${approvalId}`)
  const approve = page.getByRole("button", { name: "Approve this change" })
  await vi.waitFor(
    async () => {
      await page.keyboard.press("n")
      expect(await approve.isEnabled()).toBe(true)
    },
    { timeout: 20_000, interval: 100 },
  )
  await approve.click()
  await page.getByText("You approved this.").waitFor()
  await page.getByRole("button", { name: "Withdraw" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Withdraw" }).click()
  await page.getByText("withdrew that approval").waitFor()
  await approve.waitFor()
  await page.close()
})

test("somebody comments and sends a change back, the agent reads what to change, and then its run is stopped", async () => {
  const page = await browser.newPage()
  const agent = await site.connect()
  const asked = underway(agent.writeFile({ path: pricing, content: at(59) }, { reason: "Ticket 4411." }))
  const first = await site.nextPending()
  await signIn(page, server.url, server.person("admin"), `/approvals/${first.approvalId}`)

  await page.getByLabel("Comment without deciding", { exact: false }).fill("Is 59 \u202E right?")
  await page.getByRole("button", { name: "Comment", exact: true }).click()
  const talk = page.getByRole("region", { name: "Said by people" })
  await talk.getByText("RIGHT-TO-LEFT OVERRIDE").waitFor()

  await page.keyboard.press("r")
  await page.getByLabel("What should be different?", { exact: false }).fill("55, as the ticket says.")
  await page.getByRole("button", { name: "Ask for changes" }).click()
  await page.getByRole("heading", { name: "Sent back by" }).waitFor()
  const sentBack = await asked
  expect(sentBack).toMatchObject({ isDone: false, status: "denied" })
  expect(sentBack.text).toMatch(/asks for changes at .*Said by that person:\n"55, as the ticket says\."/)
  expect(sentBack.text).toContain("change the call accordingly and ask again")

  const again = underway(agent.writeFile({ path: pricing, content: at(55) }, { reason: "As you asked." }))
  const second = await site.nextPending()
  await page.goto(`${server.url}/approvals/${second.approvalId}`)
  await page.getByRole("button", { name: "Deny and tell the agent" }).click()
  await page.getByLabel("and stop this run", { exact: false }).check()
  await page.getByLabel("Why not?", { exact: false }).fill("The ticket was closed.")
  await page.getByRole("button", { name: "Deny and stop this run" }).click()
  await page.getByRole("heading", { name: "Denied by" }).waitFor()
  expect(await again).toMatchObject({ isDone: false, status: "denied" })
  const closed = await site.eventsWith("run.closed")
  expect(closed.filter(({ eventType }) => eventType === "approval.denied")).toHaveLength(2)
  expect(await site.read(pricing)).toBe(before)
})
