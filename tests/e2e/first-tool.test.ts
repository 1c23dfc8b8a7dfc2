import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import { createGuard, type FileContent } from "@deltaseal/guard"
import type { Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest"
import type { phone } from "@/tests/support/browser"
import { openBrowser, signIn, type TestBrowser } from "@/tests/support/browser"
import { underway } from "@/tests/support/mcp"
import {
  newDataDir,
  ownEnvironment,
  removeDataDir,
  startServer,
  type TestServer,
} from "@/tests/support/server"

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

const definition = {
  name: "write_note",
  title: "Write a note",
  description: "Writes a note into the notebook.",
  inputSchema: {
    type: "object",
    properties: { path: { type: "string" }, text: { type: "string" } },
    required: ["path", "text"],
    additionalProperties: false,
  },
  annotations: { destructiveHint: true },
}

/** A server of somebody's own: one tool that writes notes, held in memory. */
async function notesServer(apiKey: string) {
  const stateDirectory = await mkdtemp(path.join(tmpdir(), "deltaseal-notes-"))
  const notes = new Map<string, FileContent>()
  const guard = createGuard({
    url: server.url,
    apiKey,
    issuer: server.url,
    server: { name: "notes" },
    run: { environment: "dev", workflow: "note-taking", actor: { agent: "scribe" } },
    stateDirectory,
    waitSeconds: 30,
  })
  const writeNote = guard.guard<{ path: string; text: string }>(
    { ...definition, version: "1.0.0" },
    {
      observe: (target) => notes.get(target.path) ?? null,
      plan: ({ path: target, text }) => ({
        parts: [{ target: { workspace: "notebook", path: target }, after: { text } }],
      }),
      apply: ({ parts }) => {
        for (const { target, after } of parts) if (after !== null) notes.set(target.path, after)
      },
    },
  )

  return {
    guard,
    notes,
    writeNote,
    close: async () => {
      await guard.close()
      await rm(stateDirectory, { recursive: true, force: true })
    },
  }
}

/** Makes a key by the form, and reads it where it is shown this once. */
async function makeKey(page: Page, name: string): Promise<string> {
  await page.getByRole("link", { name: "New key" }).click()
  await page.waitForURL("**/keys/new")
  await page.getByLabel("Client", { exact: true }).selectOption({ label: "Acme Dental" })
  await page.getByLabel("Name").fill(name)
  await page.getByLabel("Register tools").check()
  await page.getByRole("button", { name: "Make this key" }).click()
  const shown = page.getByRole("dialog").getByLabel("API key", { exact: true })
  const apiKey = await shown.innerText()
  expect(await page.getByRole("dialog").locator("pre").innerText()).toContain(`DELTASEAL_API_KEY=${apiKey}`)
  await page.getByRole("button", { name: "I have stored it" }).click()
  await page.getByRole("heading", { name }).waitFor()
  expect(await page.content()).not.toContain(apiKey.slice(20))

  return apiKey
}

test(
  "from a new key to a change that somebody approved, by the pages alone",
  { timeout: 120_000 },
  async () => {
    const admin = await openAs("admin", "/keys")
    const apiKey = await makeKey(admin, "Notebook, development")

    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["dist/examples/workspace-server.js", "--register"],
      { env: ownEnvironment({ DELTASEAL_URL: server.url, DELTASEAL_API_KEY: apiKey }) },
    )
    expect(stdout).toContain("workspace/write_file 1.4.0: unchanged, active. It can be used.")

    const own = await notesServer(apiKey)
    const [registered] = await own.guard.register()
    expect(registered).toMatchObject({ status: "waiting", next: { code: "accept" } })
    expect(JSON.stringify(await own.writeNote({ path: "a.md", text: "too early" }))).toContain(
      "policy_denied",
    )

    await admin.getByRole("link", { name: "Tools" }).first().click()
    await admin.getByRole("heading", { name: "Waiting to be read (1)" }).waitFor()
    await admin.getByRole("link", { name: "write_note" }).click()
    await admin.getByText("Writes a note into the notebook.").first().waitFor()
    await admin.getByText("destructiveHint: true").waitFor()
    await admin.getByRole("button", { name: "Accept this definition" }).click()
    await admin.getByText("Choose one.").waitFor()
    await admin.getByLabel("irreversible write", { exact: false }).check()
    await admin.getByRole("button", { name: "Accept this definition" }).click()
    await admin.getByText("The definition is accepted.").waitFor()
    await admin.getByText("A person has to allow it in the environments where it may be used.").waitFor()
    await admin.getByRole("button", { name: "Allow in dev" }).click()
    await admin.getByRole("dialog").getByRole("button", { name: "Allow in dev" }).click()
    await admin.getByText("write_note is allowed in dev.").waitFor()
    await admin.getByText("It can be used where it is allowed.").waitFor()

    const answer = underway(own.writeNote({ path: "a.md", text: "first note\n" }))
    const reviewer = await openAs("reviewer", "/inbox")
    await reviewer.getByRole("link", { name: /Creates a\.md/ }).click()
    await reviewer.getByRole("button", { name: /^Approve this change/ }).click()
    expect(JSON.stringify(await answer)).toContain('"status":"applied"')
    expect(own.notes.get("a.md")).toEqual({ text: "first note\n" })
    await own.close()
  },
)

test("a definition that changes stops the tool, is read as a difference, and is accepted with a warned tier", async () => {
  const own = await notesServer(server.apiKey)
  const admin = await openAs("admin", "/tools")
  const client = { server: "notes", name: "write_note", version: "1.0.0" }
  const { DeltasealClient } = await import("@deltaseal/guard")
  const changed = { ...definition, description: "Writes a note, and mails\u200b it." }
  await new DeltasealClient({ url: server.url, apiKey: server.apiKey }).registerTool({
    ...client,
    definition: changed,
  })
  await admin.reload()
  await admin.getByRole("link", { name: "write_note" }).click()
  await admin.getByText("U+200B").first().waitFor()
  await admin.getByText("against what was accepted").waitFor()
  await admin.getByLabel("reads", { exact: false }).check()
  await admin.getByText("This lowers the tier from T2 to T0").waitFor()
  await admin.getByRole("button", { name: "Accept this definition" }).click()
  await admin.getByText("The definition is accepted.").waitFor()

  await admin.getByRole("button", { name: "Suspend" }).click()
  await admin.getByRole("dialog").getByRole("button", { name: "Suspend" }).click()
  await admin.getByText("The tool is suspended.").waitFor()
  await own.close()
})

test("a key is rotated and revoked from its page, and its long polls end", async () => {
  const page = await openAs("admin", "/keys")
  const apiKey = await makeKey(page, "Short-lived")
  const asKey = (key: string) =>
    fetch(`${server.url}/api/v1/approvals`, { headers: { authorization: `Bearer ${key}` } })

  await page.getByRole("button", { name: "Rotate" }).click()
  await page.getByLabel("The old key goes on for").selectOption("0")
  await page.getByRole("button", { name: "Rotate key" }).click()
  const next = await page.getByRole("dialog").getByLabel("API key", { exact: true }).innerText()
  await page.getByRole("button", { name: "I have stored it" }).click()
  await page.getByText("Follows").waitFor()
  expect([(await asKey(apiKey)).status, (await asKey(next)).status]).toEqual([401, 200])

  await page.getByRole("button", { name: "Revoke key" }).click()
  await page.getByText("Nothing in it waits for a decision.").waitFor()
  await page.getByLabel("Why").fill("It is no longer used.")
  await page.getByRole("dialog").getByRole("button", { name: "Revoke key" }).click()
  await page.getByText("revoked", { exact: true }).waitFor()
  expect((await asKey(next)).status).toBe(401)
})

test("who may not manage reads, or hears which role it takes", async () => {
  const reviewer = await openAs("reviewer", "/keys")
  await reviewer.getByText("Owners, admins and auditors see the API keys of a client.").waitFor()
  await reviewer.goto(`${server.url}/tools`)
  await reviewer.getByRole("link", { name: "write_file" }).first().click()
  await reviewer.getByText("The accepted definition").waitFor()
  for (const name of ["Suspend", "Change tier", "Stop allowing"])
    expect([name, await reviewer.getByRole("button", { name }).count()]).toEqual([name, 0])

  const auditor = await openAs("auditor", "/keys")
  await auditor.getByRole("link", { name: "Acme Dental agents" }).click()
  await auditor.getByText("Begins with").waitFor()
  expect(await auditor.getByRole("button", { name: "Revoke key" }).count()).toBe(0)
})

vi.setConfig({ testTimeout: 60_000 })
