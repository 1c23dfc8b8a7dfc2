import { afterAll, beforeAll, expect, test } from "vitest"
import { raisePrice } from "@/examples/agent/website-care"
import { website } from "@/examples/demo/website"
import { openBrowser, signIn } from "@/tests/support/browser"
import { startExternalServer } from "@/tests/support/external-server"
import { openSite, underway } from "@/tests/support/mcp"
import { newDataDir, removeDataDir, type TestServer } from "@/tests/support/server"

let server: TestServer

beforeAll(async () => {
  server = await startExternalServer(await newDataDir())
})

afterAll(async () => {
  await server.stop()
  await removeDataDir(server.dataDir)
})

/** The whole of `npm test` runs over an external database with DELTASEAL_TEST_DATABASE_URL; this one always does. */
test("over a PostgreSQL that is not ours, what a reviewer approves in the browser is written, byte for byte", async () => {
  const site = await openSite({ url: server.url, apiKey: server.apiKey, files: website })
  const browser = await openBrowser()
  const page = await browser.newPage()
  await signIn(page, server.url, server.person("reviewer"))
  const answer = underway(raisePrice(await site.connect()))

  await page.goto((await site.nextPending()).reviewUrl)
  await page.getByRole("button", { name: "Approve this change" }).click()

  expect(await answer).toMatchObject({ isDone: true, status: "applied" })
  expect(await site.read("pages/pricing.md")).toContain("Membership: $55 a month")
  await page.getByText("ran exactly as approved", { exact: false }).first().waitFor()
  expect((await site.eventsWith("execution.applied")).at(-1)).toMatchObject({
    result: { status: "applied", matchesApproved: true },
  })
  await site.close()
  await browser.close()
})
