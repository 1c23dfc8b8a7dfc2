import { DeltasealClient } from "@deltaseal/guard"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import {
  addInsurancePage,
  correctFooter,
  insurancePage,
  openingHours,
  raisePrice,
} from "@/examples/agent/website-care"
import { website } from "@/examples/demo/website"
import { openBrowser, signIn, type TestBrowser } from "@/tests/support/browser"
import { writeFile } from "@/tests/support/calls"
import { openSite, underway, type Site } from "@/tests/support/mcp"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let browser: TestBrowser
let site: Site
const pricing = "pages/pricing.md"
const before = website[pricing] ?? ""
const after = before
  .replace("Membership: $49 a month", "Membership: $55 a month")
  .replace("Prices valid since 1 January 2025.", "Prices valid from 1 January 2027.")
const { path: footerPath, find, replace } = openingHours
const footer = website[footerPath] ?? ""

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

test("one review lets the calls of a plan run, each once and exactly so, and what differs is asked for anew", async () => {
  const page = await browser.newPage()
  await signIn(page, server.url, server.person("reviewer"))
  const agent = await site.connect()
  await sendPlan()

  // The inbox was open before the plan came, and has one row for all of it.
  await page.getByRole("link", { name: "A plan, 3 calls to decide" }).click()
  await page.getByRole("heading", { name: "A plan of 3 calls" }).waitFor()
  const approve = page.getByRole("button", { name: "Approve all 3 calls" })
  expect(await approve.isDisabled()).toBe(true)
  expect(await texts(page, "insertion")).toEqual(
    expect.arrayContaining(["Membership: $55 a month", "# Insurance"]),
  )
  await vi.waitFor(
    async () => {
      await page.keyboard.press("n")
      expect(await approve.isEnabled()).toBe(true)
    },
    { timeout: 20_000, interval: 100 },
  )
  await approve.click()
  await page.getByRole("heading", { name: "Approved by Rhea Novak" }).waitFor()
  expect(await site.read(pricing)).toBe(before)

  for (const task of [correctFooter, raisePrice, addInsurancePage])
    expect(await task(agent)).toMatchObject({ isDone: true, status: "applied" })
  expect(await site.read(pricing)).toBe(after)
  await page.getByText("3 approved and applied").waitFor()

  const more = underway(
    agent.writeFile(
      { path: pricing, content: after.replace("$55", "$59") },
      { reason: "Now a little more." },
    ),
  )
  const { approvalId } = await site.nextPending()
  await page.goto(`${server.url}/approvals/${approvalId}`)
  await page.getByRole("region", { name: "Decide" }).waitFor()
  expect(await page.getByText("of plan").count()).toBe(0)
  await page.getByRole("button", { name: "Deny and tell the agent" }).click()
  await page.getByLabel("Why not?", { exact: false }).fill("Not part of the plan.")
  await page.keyboard.press("Control+Enter")
  expect(await more).toMatchObject({ isDone: false, status: "denied" })
  expect(await site.read(pricing)).toBe(after)
})

/** What the agent is going to do, all of it before any of it. */
async function sendPlan(): Promise<void> {
  const write = (path: string, old: string | null, text: string) => ({
    tool: writeFile,
    input: { path, content: text },
    parts: [partOf(path, old, text)],
  })
  const plan = await new DeltasealClient(server).createPlan({
    runId: site.runId,
    reason: "Ticket 4411.",
    calls: [
      write(pricing, before, after),
      write("pages/faq/insurance.md", null, insurancePage),
      {
        tool: { ...writeFile, name: "edit_file" },
        input: openingHours,
        parts: [partOf(footerPath, footer, footer.replace(find, replace))],
      },
    ],
  })
  expect(plan.items).toHaveLength(3)
}

function partOf(path: string, old: string | null, text: string) {
  const target = { workspace: "main", path }
  return { kind: "file" as const, target, before: old === null ? null : { text: old }, after: { text } }
}

async function texts(page: Page, role: "deletion" | "insertion"): Promise<string[]> {
  return (await page.getByRole(role).allInnerTexts()).map((text) => text.trim())
}
