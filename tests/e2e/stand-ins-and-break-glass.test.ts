import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { signInReviewer } from "@/examples/demo/reviewer"
import { caller, visitor } from "@/tests/support/api"
import { openBrowser, openDialog, phone, signIn, type TestBrowser } from "@/tests/support/browser"
import { pendingWrite, type Pending } from "@/tests/support/calls"
import { lookAt } from "@/tests/support/look-at"
import { fileChange } from "@/tests/support/page-changes"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let browser: TestBrowser
let reviewer: Page

const second = { email: "second@northwind.example", password: "a password of twelve" }

beforeAll(async () => {
  server = await startServer(await newDataDir())
  browser = await openBrowser()
  const admin = await signInReviewer(server.url, server.person("admin"))
  const invited = (await admin.write("POST", "/api/v1/invitations", {
    email: second.email,
    role: "admin",
  })) as { link: string }
  const token = invited.link.split("/").at(-1)
  const { password } = second
  const accepted = await visitor(server.url).post("/api/v1/invitations/accept", {
    token,
    name: "Uma Sato",
    password,
  })
  expect(accepted.status, accepted.text).toBe(201)
  reviewer = await signedIn(server.person("reviewer"), "about:blank")
})

afterAll(async () => {
  await browser.close()
  await server.stop()
  await removeDataDir(server.dataDir)
})

async function signedIn(person: Readonly<{ email: string; password: string }>, to?: string): Promise<Page> {
  const page = await browser.newPage()
  await signIn(page, server.url, person, to)

  return page
}

function aPending(changes: object = {}): Promise<Pending> {
  return pendingWrite(caller(server.url, { authorization: `Bearer ${server.apiKey}` }), changes)
}

/** What is not on screen yet is shown, as a reviewer does it, until the button can be pressed. */
async function showAllFor(at: Page, button: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await at.keyboard.press("n")
        return await at.getByRole("button", { name: button }).isEnabled()
      },
      { timeout: 20_000, interval: 100 },
    )
    .toBe(true)
}

test("somebody who is away is stood in for: named on the account page, decided for in their name", async () => {
  const pending = await aPending()
  await reviewer.goto(`${server.url}/account#away`)
  await openDialog(reviewer, "Name a stand-in")
  const dialog = reviewer.getByRole("dialog")
  await dialog.getByLabel("Who stands in").selectOption({ label: "Audrey Lind" })
  await dialog
    .getByLabel("Until the end of")
    .fill(new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10))
  await dialog.getByRole("button", { name: "Name stand-in" }).click()
  await reviewer.getByRole("rowheader", { name: "Audrey Lind" }).waitFor()
  expect(await lookAt(reviewer)).toEqual([])

  const auditor = await signedIn(server.person("auditor"))
  await auditor.getByText(/You stand in for Rhea Novak until/).waitFor()
  await auditor.getByText("you for Rhea Novak").first().waitFor()
  await auditor.goto(`${server.url}/approvals/${pending.approvalId}`)
  await auditor.getByText("You decide this in the place of Rhea Novak").waitFor()
  await auditor.getByRole("button", { name: /^Approve this change/ }).click()
  await auditor.getByText("approved by Audrey Lind for Rhea Novak").waitFor()
})

test("two administrators break the glass of what they have seen whole, one ends it, and everybody is told until they have read it", async () => {
  const lines = Array.from({ length: 60 }, (_, at) => `line ${at}\n`).join("")
  const pending = await aPending(fileChange("docs/long.md", "old\n", lines))
  const at = `/approvals/${pending.approvalId}`
  const [first, other] = [await signedIn(server.person("admin"), at), await signedIn(second, at)]
  await first.getByText("once all of it was on your screen").waitFor()
  expect(await first.getByRole("button", { name: "Break glass…" }).isEnabled()).toBe(false)
  await showAllFor(first, "Break glass…")
  await openDialog(first, "Break glass…")
  await first.getByLabel("Why can this not wait?").fill("too short")
  await first.getByRole("button", { name: "Begin" }).click()
  await first.getByText("At least 20 characters are needed.").waitFor()
  await first.getByLabel("Why can this not wait?").fill("The shop of the client is down.")
  await first.getByRole("button", { name: "Begin" }).click()
  await first.getByText("It waits for a second administrator").waitFor()
  expect(await first.getByRole("button", { name: "Confirm break-glass…" }).count()).toBe(0)

  await other.getByText("It waits for a second administrator").waitFor()
  await showAllFor(other, "Confirm break-glass…")
  await openDialog(other, "Confirm break-glass…")
  await other.getByLabel("Why can this not wait?").fill("I spoke to the client, it is right.")
  await other.getByRole("button", { name: "Approve by break-glass" }).click()
  await other.getByText("set aside who else had to agree").first().waitFor()
  await openDialog(other, "End this approval")
  await other.getByRole("dialog").getByRole("button", { name: "End this approval" }).click()
  await other.getByRole("heading", { name: "Cancelled" }).waitFor()

  await reviewer.setViewportSize(phone)
  await reviewer.goto(`${server.url}/inbox`)
  await reviewer.getByText("approved by break-glass").first().waitFor()
  expect(await lookAt(reviewer)).toEqual([])
  const told = reviewer.getByRole("region", { name: "Approved by break-glass" })
  await expect
    .poll(
      async () => {
        if ((await told.count()) === 0) return true
        await told
          .getByRole("button", { name: "I have read this" })
          .click({ timeout: 2_000 })
          .catch(() => undefined)
        return (await told.count()) === 0
      },
      { timeout: 20_000, interval: 250 },
    )
    .toBe(true)
})
