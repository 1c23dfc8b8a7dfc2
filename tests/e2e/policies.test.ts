import type { Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest"
import { caller } from "@/tests/support/api"
import { openBrowser, phone, signIn, type TestBrowser } from "@/tests/support/browser"
import { aWrite, openRun } from "@/tests/support/calls"
import { lookAt } from "@/tests/support/look-at"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let browser: TestBrowser

beforeAll(async () => {
  server = await startServer(await newDataDir())
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

async function openAs(role: string, at: string, size?: typeof phone): Promise<Page> {
  const page = await browser.newPage(size)
  await signIn(page, server.url, server.person(role), at)
  return page
}

function editor(page: Page) {
  return page.getByLabel("The policy, as YAML")
}

test(
  "a first policy: from an example, broken, mended, read as a difference, published, loosened by two people, rolled back",
  { timeout: 120_000 },
  async () => {
    const tenantId = server.facts.tenants[0]?.tenantId ?? ""
    const admin = await openAs("admin", "/policies")
    await admin.getByRole("link", { name: "Acme Dental" }).click()
    await admin.getByRole("link", { name: "Write the first policy" }).click()
    await admin.getByRole("button", { name: /Read, ask, ask twice/ }).click()
    const written = await editor(admin).inputValue()

    await editor(admin).fill(written.replace("effect: allow", "effect: alow"))
    await admin.getByRole("button", { name: /^Line 5, column/ }).waitFor()
    expect(await lookAt(admin)).toEqual([])
    await admin.getByRole("button", { name: "Review and publish" }).click()
    await expect.poll(() => cursorLine(admin)).toBe(5)
    expect(await admin.getByRole("dialog").filter({ visible: true }).count()).toBe(0)
    await admin.reload()
    await expect.poll(() => editor(admin).inputValue()).toContain("alow")

    await editor(admin).fill(written)
    await admin.getByText("Nothing is wrong with it.").waitFor()
    await editor(admin).press("Control+Enter")
    const dialog = admin.getByRole("dialog")
    await dialog.getByText("/rules/leaving").first().waitFor()
    await dialog.getByText("It is the first policy of this client").waitFor()
    expect(await lookAt(admin)).toEqual([])
    await dialog.getByLabel("Why").fill("Mail asks twice.")
    await dialog.getByRole("button", { name: "Publish", exact: true }).click()
    await admin.getByText("Version 2 is in force.").first().waitFor()
    await admin.getByRole("link", { name: "Version 2" }).waitFor()
    await admin.getByText("one reviewer, then one admin").waitFor()

    await admin.getByRole("link", { name: "Edit policy" }).click()
    await editor(admin).fill(written.replace("      reasonRequired: true\n", ""))
    await admin.getByText("It loosens what holds, so another").waitFor()
    await editor(admin).press("Control+Enter")
    await dialog.getByText("It loosens what holds", { exact: true }).waitFor()
    await dialog.getByRole("button", { name: "Propose" }).click()
    await admin.waitForURL(`**/policies/${tenantId}/proposals/*`)
    await admin.getByText(/It waits for .*Olivia Park/).waitFor()
    expect(await admin.getByRole("button", { name: "Approve and put in force" }).count()).toBe(0)

    const owner = await openAs("owner", `/policies/${tenantId}`)
    await owner.getByRole("link", { name: /in place of version 2/ }).click()
    await owner.getByText("/rules/leaving/approval/reasonRequired").waitFor()
    expect(await lookAt(owner)).toEqual([])
    await owner.getByRole("button", { name: "Approve and put in force" }).click()
    await owner.getByRole("dialog").getByRole("button", { name: "Approve and put in force" }).click()
    await owner.getByText("It took effect.").waitFor()

    await owner.goto(`${server.url}/policies/${tenantId}`)
    await owner.getByText("Version 3 is in force.").first().waitFor()
    expect(await lookAt(owner)).toEqual([])
    await owner.getByRole("link", { name: "Version 2", exact: true }).click()
    await owner.getByText("What differs from version 3").waitFor()
    expect(await lookAt(owner)).toEqual([])
    await owner.getByRole("button", { name: "Roll back to this" }).click()
    await owner.getByRole("dialog").getByRole("button", { name: "Roll back", exact: true }).click()
    await owner.getByText("Version 4 is in force.").first().waitFor()
    await owner.getByText("back to version 2").waitFor()
  },
)

async function cursorLine(page: Page): Promise<number> {
  return await editor(page).evaluate((area: HTMLTextAreaElement) => {
    return document.activeElement === area ? area.value.slice(0, area.selectionStart).split("\n").length : 0
  })
}

test("on a phone a policy is written from a file, and who may not write reads", async () => {
  const tenantId = server.facts.tenants[1]?.tenantId ?? ""
  const admin = await openAs("admin", `/policies/${tenantId}/edit`, phone)
  const text = "version: 1\nrules:\n  - name: nothing\n    effect: deny\n"
  await admin
    .getByLabel("A policy file")
    .setInputFiles({ name: "mine.yaml", mimeType: "application/yaml", buffer: Buffer.from(text) })
  await admin.getByText("Nothing is wrong with it.").waitFor()
  expect(await editor(admin).inputValue()).toBe(text)
  expect(await lookAt(admin)).toEqual([])

  const reviewer = await openAs("reviewer", `/policies/${tenantId}/edit`, phone)
  await reviewer.waitForURL(`**/policies/${tenantId}`)
  await reviewer.getByText("tier-defaults").first().waitFor()
  expect(await reviewer.getByRole("link", { name: "Write the first policy" }).count()).toBe(0)
  expect(await lookAt(reviewer)).toEqual([])
})

test("a draft is asked about the calls that were made, and says which it would have answered otherwise", async () => {
  const key = caller(server.url, { authorization: `Bearer ${server.facts.tenants[1]?.apiKey ?? ""}` })
  const runId = await openRun(key)
  for (let call = 0; call < 3; call += 1) {
    expect((await key.post("/api/v1/tool-calls", aWrite(runId))).status).toBe(202)
  }

  const tenantId = server.facts.tenants[1]?.tenantId ?? ""
  for (const size of [undefined, phone]) {
    const admin = await openAs("admin", `/policies/${tenantId}/edit`, size)
    await editor(admin).fill("version: 1\nrules:\n  - name: nothing\n    effect: deny\n")
    await admin.getByText("Nothing is wrong with it.").waitFor()
    await admin.getByRole("button", { name: "Simulate" }).click()
    await admin.getByText("Of 3 calls, 3 would be answered otherwise.").waitFor()
    await admin.getByText("3 asked people then, refused now.").waitFor()
    expect(await lookAt(admin)).toEqual([])
  }
})
