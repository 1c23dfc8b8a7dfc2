import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { contentBytes, createGuard, fileContent } from "@deltaseal/guard"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { definitionOf } from "@/examples/workspace-server/definitions"
import { openBrowser, signIn, type TestBrowser } from "@/tests/support/browser"
import { lookAtBothSizes } from "@/tests/support/look-at"
import { underway } from "@/tests/support/mcp"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let browser: TestBrowser
let folder: string
const files = ["a.md", "b.md", "c.md"]
const at = (file: string) => path.join(folder, file)

beforeAll(async () => {
  server = await startServer(await newDataDir())
  browser = await openBrowser()
  folder = await mkdtemp(path.join(tmpdir(), "deltaseal-partial-"))
  for (const file of files) await writeFile(at(file), "old\n")
})

afterAll(async () => {
  await browser.close()
  await server.stop()
  await removeDataDir(server.dataDir)
  await rm(folder, { recursive: true, force: true })
})

function callTool() {
  const { guard } = createGuard({
    url: server.url,
    apiKey: server.apiKey,
    server: { name: "workspace" },
    run: { environment: "prod", workflow: "website-care", actor: { agent: "website-agent" } },
    stateDirectory: path.join(folder, "guard"),
  })
  const tool = guard<{ path: string; content: string }>(definitionOf("write_file"), {
    observe: async ({ path: file }) => fileContent(await readFile(at(file))),
    plan: () => ({
      parts: files.map((file) => ({
        target: { workspace: "main", path: file },
        after: { text: `new ${file}\n` },
      })),
      reason: "Spring prices.",
    }),
    apply: async ({ parts }) => {
      for (const { target, after } of parts) if (after) await writeFile(at(target.path), contentBytes(after))
    },
  })
  return underway(tool({ path: "a.md", content: "new a.md\n" }))
}

async function waiting(): Promise<string> {
  const { items } = (await (
    await fetch(`${server.url}/api/v1/approvals?status=pending`, {
      headers: { authorization: `Bearer ${server.apiKey}` },
    })
  ).json()) as { items: { approvalId: string }[] }
  const [first] = items
  if (first === undefined) throw new Error("Nothing waits.")
  return first.approvalId
}

test("two of three parts are chosen on the page, and exactly these are written", async () => {
  const called = callTool()
  const approvalId = await vi.waitFor(waiting, { timeout: 20_000, interval: 100 })
  const page = await browser.newPage()
  await signIn(page, server.url, server.person("reviewer"), `/approvals/${approvalId}`)

  await page.getByRole("button", { name: "Approve only some parts…" }).click()
  const dialog = page.getByRole("dialog")
  for (const file of ["a.md", "c.md"]) await dialog.getByRole("checkbox", { name: file }).check()
  await dialog.getByText("Updates 2 files in workspace main").waitFor()
  await dialog.getByLabel("Why not the others?").fill("b.md is not agreed yet.")
  expect(await lookAtBothSizes(page)).toEqual([])
  await dialog.getByRole("button", { name: "Approve 2 of 3 parts" }).click()

  await page.getByText("Part of a change that was approved only in part, 3 parts in all:").waitFor()
  const result = await called
  expect(result.isError).toBeUndefined()
  expect(result.content[0]?.text).toMatch(
    /^2 of 3 parts were approved: .*\nNot approved, and not done: update main:b\.md\..*not agreed/,
  )
  expect(await Promise.all(files.map((file) => readFile(at(file), "utf8")))).toEqual([
    "new a.md\n",
    "old\n",
    "new c.md\n",
  ])
  await page.getByText("applied, ran exactly as approved").waitFor()
  expect(await lookAtBothSizes(page)).toEqual([])

  await page.goto(`${server.url}/approvals/${approvalId}`)
  await page.getByText("Approved in part: 2 of its parts became an approval of their own:").waitFor()
  await page.getByRole("heading", { name: "Approved in part by Rhea Novak" }).waitFor()
})
