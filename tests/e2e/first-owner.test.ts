import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { openBrowser, phone, type TestBrowser } from "@/tests/support/browser"
import { lookAt } from "@/tests/support/look-at"
import { settingsFor, startNode, type ServerNode } from "@/tests/support/node"
import { sharedPostgres, type SharedPostgres } from "@/tests/support/shared-postgres"

let postgres: SharedPostgres
let node: ServerNode
let browser: TestBrowser

beforeAll(async () => {
  postgres = sharedPostgres()
  node = await startNode(settingsFor(await postgres.newDatabase()))
  browser = await openBrowser()
})

afterAll(async () => {
  await browser.close()
  await node.stop()
  await postgres.close()
})

const password = "correct horse battery"

test("from an empty database: set up, add a client, invite, and be joined from another browser", async () => {
  const owner = await browser.newPage()
  await owner.goto(node.url)
  await owner.getByText("npm run setup-link").waitFor()
  expect(await lookAt(owner)).toEqual([])

  await owner.goto(setupLink())
  await owner.getByRole("button", { name: "Set up Deltaseal" }).click()
  await owner.getByText("Fill this in.").first().waitFor()
  expect(await lookAt(owner)).toEqual([])
  await fillIn(owner, {
    "Your agency": "Northwind Automation",
    "Your first client": "Acme Dental",
    "Your name": "Olivia Park",
    "Your e-mail": "olivia@northwind.example",
    Password: password,
  })
  await owner.getByRole("button", { name: "Set up Deltaseal" }).click()
  await owner.waitForURL("**/clients")

  await owner.getByRole("button", { name: "Add a client" }).click()
  await fillIn(owner, { Name: "Brightside Travel" })
  await owner.getByRole("button", { name: "Add the client" }).click()
  await owner.getByRole("heading", { name: "Brightside Travel" }).waitFor()

  const link = await invite(owner, "rhea@northwind.example")
  const reviewer = await browser.newPage(phone)
  await reviewer.goto(link)
  await reviewer.getByRole("heading", { name: "Join Brightside Travel as a reviewer" }).waitFor()
  expect(await lookAt(reviewer)).toEqual([])
  await owner.goto(link)
  await owner.getByText("You are signed in as olivia@northwind.example").waitFor()
  expect(await lookAt(owner)).toEqual([])

  await fillIn(reviewer, { "Your name": "Rhea Novak", Password: password })
  await reviewer.getByRole("button", { name: "Accept and sign in" }).click()
  await reviewer.waitForURL("**/inbox")
  await reviewer.goto(link)
  await reviewer.getByText("This link no longer works").waitFor()
  await reviewer.goto(setupLink())
  await reviewer.getByText("This link no longer works").waitFor()
})

test("a reset link made on the members page lets its person in again, and ends what was open", async () => {
  const owner = await signedIn("olivia@northwind.example")
  const reviewer = await signedIn("rhea@northwind.example", phone)
  await owner.goto(`${node.url}/members`)
  await owner.getByRole("link", { name: "Rhea Novak" }).click()
  await owner.getByRole("button", { name: "Make a reset link" }).click()
  await owner.getByRole("button", { name: "Make the reset link" }).click()
  const link = await owner.getByLabel("reset link").innerText()

  const other = await browser.newPage(phone)
  await other.goto(link.trim())
  await other.getByRole("heading", { name: "Choose a new password" }).waitFor()
  expect(await lookAt(other)).toEqual([])
  await fillIn(other, { "New password": "another horse battery" })
  await other.getByRole("button", { name: "Set the password and sign in" }).click()
  await other.waitForURL("**/inbox")
  await reviewer.goto(`${node.url}/inbox`)
  await reviewer.getByRole("heading", { name: "Sign in to Deltaseal" }).waitFor()

  await owner.getByRole("button", { name: "I have stored it" }).click()
  await owner.getByRole("button", { name: "End membership" }).click()
  await owner.getByRole("dialog").getByRole("button", { name: "End membership" }).click()
  await owner.waitForURL("**/members")
  expect(await owner.getByText("Rhea Novak", { exact: true }).count()).toBe(0)
})

function setupLink(): string {
  return /http:\/\/localhost:\d+\/setup\/\S+/.exec(node.said())?.[0] ?? ""
}

async function signedIn(email: string, size?: typeof phone): Promise<Page> {
  const page = await browser.newPage(size)
  await page.goto(`${node.url}/inbox`)
  await fillIn(page, { "E-mail": email, Password: password })
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL("**/inbox")

  return page
}

/** Invites from the page of a client; gives the link. */
async function invite(page: Page, email: string): Promise<string> {
  await page.getByRole("button", { name: "Invite somebody" }).click()
  await fillIn(page, { "E-mail": email })
  await page.getByRole("button", { name: "Make the invitation" }).click()
  const link = await page.getByLabel("invitation link").innerText()
  expect(await lookAt(page)).toEqual([])
  await page.getByRole("button", { name: "I have stored it" }).click()

  return link.trim()
}

async function fillIn(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text)
}
