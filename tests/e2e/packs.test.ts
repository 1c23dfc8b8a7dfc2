import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { openBrowser, phone, signIn, type TestBrowser } from "@/tests/support/browser"
import { lookAt } from "@/tests/support/look-at"
import { postFrom } from "@/tests/support/pack-states"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let browser: TestBrowser

beforeAll(async () => {
  server = await startServer(await newDataDir())
  browser = await openBrowser()
})

afterAll(async () => {
  await browser.close()
  await server.stop()
  await removeDataDir(server.dataDir)
})

const deny = "version: 1\nrules:\n  - name: nothing\n    effect: deny\n"

test(
  "a pack: from an example, broken, mended, saved, compared with four clients, rolled out to two, rolled back",
  { timeout: 120_000 },
  async () => {
    const page = await browser.newPage()
    await signIn(page, server.url, server.person("admin"))
    await postFrom(page, "/api/v1/tenants", { name: "Cedar Books" })
    const brightside = server.facts.tenants[1]?.tenantId ?? ""
    const policies = `/api/v1/tenants/${brightside}/policies`
    await postFrom(page, policies, { text: deny, basedOn: 1 })

    await page.goto(`${server.url}/policies`)
    await page.getByRole("link", { name: "Packs for many clients" }).click()
    await page.getByText("No packs yet").waitFor()
    await page.getByRole("link", { name: "New pack" }).click()
    await writePack(page)
    await page.getByText("It was never rolled out.").waitFor()

    await page.getByRole("link", { name: "Roll out", exact: true }).click()
    await page.getByText("No client is chosen.").waitFor()
    await page.getByText("It loosens what holds there, so another").first().waitFor()
    await page.getByRole("list", { name: "Clients" }).getByText("Brightside Travel").click()
    await page.getByText("/rules/nothing").first().waitFor()
    await page.getByText("The rule nothing is gone.").waitFor()
    expect(await lookAt(page)).toEqual([])
    await page.getByRole("checkbox", { name: "All 4" }).check()
    for (const name of ["Cedar Books", "Corvid Outdoor"]) await page.getByRole("checkbox", { name }).uncheck()
    await page.getByText("1 at once, 1 by a second person").waitFor()
    await page.getByRole("button", { name: "Roll out to 2 clients…" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByText("1 client: it holds at once, from the next call (Acme Dental).").waitFor()
    await dialog.getByText(/^1 client: it waits until another .*\(Brightside Travel\)\.$/).waitFor()
    expect(await lookAt(page)).toEqual([])
    await dialog.getByRole("button", { name: "Roll out to 2 clients", exact: true }).click()
    await page.getByText("2 clients: 1 in force, 1 waiting.").waitFor()

    await page.getByRole("link", { name: "See this roll-out" }).click()
    await page.getByRole("table", { name: "Clients" }).getByText("in force").waitFor()
    await page.getByRole("button", { name: "Roll back…" }).click()
    await page.getByRole("checkbox", { name: "All 2" }).check()
    await page.getByText("1 by a second person, 1 taken back").waitFor()
    await page.getByRole("button", { name: "Roll back in 2 clients…" }).click()
    await dialog.getByText(/what waits is taken back .*\(Brightside Travel\)\.$/).waitFor()
    await dialog.getByLabel("Why").fill("Too early.")
    await dialog.getByRole("button", { name: "Roll back in 2 clients", exact: true }).click()
    await page.getByText("2 clients: 1 waiting, 1 taken back.").waitFor()
    await page.getByRole("table", { name: "Clients" }).getByText("withdrawn").waitFor()
    expect(await lookAt(page)).toEqual([])

    await page.setViewportSize(phone)
    await page.getByRole("link", { name: "House rules" }).click()
    await page.getByRole("link", { name: "Roll out", exact: true }).click()
    await page.getByText("has it already").waitFor()
    await page.getByLabel("Find a client").fill("cedar")
    await expect.poll(() => page.getByRole("list", { name: "Clients" }).getByRole("listitem").count()).toBe(1)
  },
)

/** From an example that is broken and mended again, to the page of the pack. */
async function writePack(page: Page): Promise<void> {
  const editor = page.getByLabel("The policy, as YAML")
  await page.getByRole("button", { name: /Read, ask, ask twice/ }).click()
  const written = await editor.inputValue()
  await editor.fill(written.replace("effect: allow", "effect: alow"))
  await page.getByRole("button", { name: /^Line 5, column/ }).waitFor()
  await editor.fill(written)
  await page.getByText("Nothing is wrong with it.").waitFor()
  await editor.press("Control+Enter")
  await page.getByLabel("Name").fill("House rules")
  await page.getByRole("button", { name: "Save pack" }).click()
  await page.getByRole("heading", { name: "House rules" }).waitFor()
}
