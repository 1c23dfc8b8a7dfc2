import { randomUUID } from "node:crypto"
import type { Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest"
import { DeltasealClient } from "@deltaseal/guard"
import { axe } from "@/tests/support/axe"
import { openBrowser, phone, signIn, type TestBrowser } from "@/tests/support/browser"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let browser: TestBrowser
let runId: string

beforeAll(async () => {
  server = await startServer(await newDataDir())
  const client = new DeltasealClient({ url: server.url, apiKey: server.apiKey })
  const run = await client.openRun({
    environment: "prod",
    workflow: "website-care",
    actor: { agent: "website-agent" },
  })
  runId = run.runId
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

test("nothing can be approved before all of a long change was on screen; one key leads through it", async () => {
  const lines = Array.from({ length: 600 }, (_, index) => `row ${index}`)
  const { approvalId } = await ask([{ path: "data/rows.txt", before: null, after: `${lines.join("\n")}\n` }])
  const page = await openApproval(approvalId)
  const approve = page.getByRole("button", { name: "Approve this change" })

  expect(await approve.isDisabled()).toBe(true)
  await page.keyboard.press("End")
  await page.getByText("row 599", { exact: true }).waitFor()
  await page.keyboard.press("a")
  expect(await approve.isDisabled()).toBe(true)
  expect(await statusOf(approvalId)).toBe("pending")

  const pressUntilSeen = async () => {
    await page.keyboard.press("n")
    if (await approve.isDisabled()) throw new Error(await page.getByText(/hunks? seen/).innerText())
  }
  await vi.waitFor(pressUntilSeen, { timeout: 20_000, interval: 50 })
  await page.getByText("1 of 1 hunk seen", { exact: true }).waitFor()
  await page.keyboard.press("a")
  await page.getByRole("heading", { name: "Approved by Rhea Novak" }).waitFor()
})

test("what could hide or pose as the page is boxed, and content never becomes markup", async () => {
  const reason = "<b>Looks good</b> [Approve this change](https://evil.example)"
  const after = "price = 4\u200b9\r\n<img src=x onerror=alert(1)>\u202e// end"
  const { approvalId } = await ask([{ path: "src/price.ts", before: "price = 49\n", after }], reason)
  const page = await openApproval(approvalId)

  const added = await page.getByRole("insertion").allInnerTexts()
  expect(added[0]).toContain("4U+200B ZERO WIDTH SPACE9")
  expect(added[0]).toContain("U+000D CARRIAGE RETURN")
  expect(added[1]).toContain("<img src=x onerror=alert(1)>")
  expect(added[1]).toContain("U+202E RIGHT-TO-LEFT OVERRIDE")
  expect(added[1]).toContain("no newline at the end of the file")
  expect(await page.locator("main img, main b").count()).toBe(0)
  const said = page.getByRole("region", { name: "said by the agent, not verified" })
  expect(await said.innerText()).toContain(reason)
  expect(await said.getByRole("link").count()).toBe(0)
})

test("what a person types outlives other people's changes, and the approval itself", async () => {
  const { approvalId } = await ask([{ path: "legal/terms.md", before: "30 days\n", after: "never\n" }])
  const page = await openApproval(approvalId)
  await page.keyboard.press("d")
  const reason = page.getByLabel("Why not?", { exact: false })
  await reason.fill("The law says 14 days")

  await post(`/api/v1/approvals/${approvalId}/cancel`, {})
  await page.getByRole("heading", { name: "Cancelled" }).waitFor()
  expect(await reason.inputValue()).toBe("The law says 14 days")
  expect(await page.getByText("Your text was not sent").count()).toBe(1)
})

test("people come back to the page they asked for, and after five wrong guesses they wait", async () => {
  const { approvalId } = await ask([{ path: "a.txt", before: null, after: "a\n" }])
  const page = await browser.newPage()
  await page.goto(`${server.url}/approvals/${approvalId}`)
  expect(new URL(page.url()).pathname).toBe("/sign-in")
  const { email, password } = server.person("admin")
  await page.getByLabel("E-mail").fill(email)
  await page.getByLabel("Password").fill(password)
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL(`**/approvals/${approvalId}`)

  const guesses: string[] = []
  for (let guess = 0; guess < 6; guess += 1) guesses.push(await guessAt(server.person("auditor").email))
  expect(guesses.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => "unauthenticated"))
  expect(guesses[5]).toMatch(/^too_many_attempts:\d+$/)
})

test.each([
  ["a desk", { width: 1440, height: 900 }, "light"],
  ["a phone", phone, "dark"],
] as const)("axe finds nothing on %s of %o in %s", async (_, size, colorScheme) => {
  const { approvalId } = await ask(
    [{ path: "docs/b.md", before: "one\ntwo\n", after: "one\n2\u00ad\n" }],
    "Because.",
  )
  const page = await browser.newPage(size)
  await page.emulateMedia({ colorScheme })
  await page.goto(`${server.url}/sign-in`)
  expect(await axe(page)).toEqual([])

  await signIn(page, server.url, server.person("reviewer"))
  await page.getByRole("link", { name: "Updates docs/b.md" }).first().waitFor()
  expect(await axe(page)).toEqual([])
  await page.goto(`${server.url}/approvals/${approvalId}`)
  await page.getByRole("button", { name: "Deny and tell the agent" }).click()
  await page.getByLabel("Why not?", { exact: false }).waitFor()
  expect(await axe(page)).toEqual([])
})

type Part = Readonly<{ path: string; before: string | null; after: string | null }>

async function ask(parts: readonly Part[], reason?: string): Promise<{ approvalId: string }> {
  const content = (text: string | null) => (text === null ? null : { text })
  const { approval } = await post<{ approval: { approvalId: string } }>("/api/v1/tool-calls", {
    runId,
    tool: { server: "workspace", name: "write_file", version: "1.4.0" },
    input: { path: parts[0]?.path ?? "", content: parts[0]?.after ?? "" },
    change: {
      parts: parts.map(({ path, before, after }) => ({
        kind: "file",
        target: { workspace: "main", path },
        before: content(before),
        after: content(after),
      })),
    },
    ...(reason === undefined ? {} : { reason }),
  })
  return approval
}

async function post<Answer>(path: string, body: object): Promise<Answer> {
  const response = await fetch(server.url + path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${server.apiKey}`,
      "content-type": "application/json",
      "idempotency-key": randomUUID(),
    },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as Answer
}

async function statusOf(approvalId: string): Promise<string> {
  const response = await fetch(`${server.url}/api/v1/approvals/${approvalId}`, {
    headers: { authorization: `Bearer ${server.apiKey}` },
  })
  return ((await response.json()) as { status: string }).status
}

async function openApproval(approvalId: string): Promise<Page> {
  const page = await browser.newPage()
  await signIn(page, server.url, server.person("reviewer"), `/approvals/${approvalId}`)
  await page.getByText(/hunks? seen/).waitFor()
  return page
}

/** What next-auth puts into the address it would send the browser to. */
async function guessAt(email: string): Promise<string> {
  const csrf = await fetch(`${server.url}/api/auth/csrf`)
  const { csrfToken } = (await csrf.json()) as { csrfToken: string }
  const response = await fetch(`${server.url}/api/auth/callback/credentials`, {
    method: "POST",
    headers: {
      cookie: csrf.headers
        .getSetCookie()
        .map((cookie) => cookie.split(";", 1)[0])
        .join("; "),
    },
    body: new URLSearchParams({ email, password: "wrong", csrfToken, json: "true" }),
  })
  const { url } = (await response.json()) as { url: string }
  return new URL(url).searchParams.get("error") ?? ""
}
