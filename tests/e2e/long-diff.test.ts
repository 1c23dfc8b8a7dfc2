import { randomUUID } from "node:crypto"
import type { Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest"
import { DeltasealClient } from "@deltaseal/guard"
import { openBrowser, phone, signIn, type TestBrowser } from "@/tests/support/browser"
import { lookAt } from "@/tests/support/look-at"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

/** Of a page with 20,000 lines, never more elements than this stand on it; a short change has some 400. */
const elementsMax = 3_500

const longText = textOf(20_000, (line) => `row ${line}`)

/** A busy machine paints late. */
const patience = { timeout: 15_000 }

let server: TestServer
let browser: TestBrowser
let runId: string

beforeAll(async () => {
  server = await startServer(await newDataDir())
  const client = new DeltasealClient({ url: server.url, apiKey: server.apiKey })
  const run = await client.openRun({ environment: "prod", workflow: "long", actor: { agent: "agent" } })
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

test("20,000 lines: the end of the page opens nothing; having looked at all of them does, and few stand on the page at once", async () => {
  const page = await openApproval(await ask(null, longText))
  const approve = page.getByRole("button", { name: "Approve this change" })

  await vi.waitFor(async () => {
    // Pressed too early, it leads to the end of the few lines that the server sent.
    await page.keyboard.press("End")
    expect(await page.getByText("row 20000", { exact: true }).isVisible()).toBe(true)
  }, 20_000)
  expect(await percentSeen(page)).toBe(0)
  expect(await approve.isDisabled()).toBe(true)

  await page.keyboard.press("n")
  await vi.waitFor(async () => expect(await page.evaluate(() => scrollY)).toBeLessThan(2_000), patience)
  // A tall window, so that reading does not take a minute; it makes more stand on the page, not less.
  await page.setViewportSize({ width: 1440, height: 2_000 })
  const { most, blank } = await readThrough(page)
  expect(most).toBeLessThan(elementsMax)
  expect(blank).toBe(0)
  await vi.waitFor(async () => {
    await page.keyboard.press("n")
    expect(await approve.isEnabled()).toBe(true)
  }, 30_000)
  await page.getByText("1 of 1 hunk seen", { exact: true }).waitFor()
})

test("2,000 hunks on a phone: what was passed at once was not seen, and one key leads to it; few stand on the page", async () => {
  const change = (line: number) =>
    line % 10 === 5 ? `changed ${line} ${"long words ".repeat(9)}` : `row ${line}`
  const page = await openApproval(await ask(longText, textOf(20_000, change)), phone)

  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2))
  await vi.waitFor(async () => expect(await page.locator(".diff-line").count()).toBeGreaterThan(20), patience)
  const seen = await hunksSeen(page)
  expect(seen).toBeLessThan(30)
  expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(elementsMax)
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)

  await page.keyboard.press("n")
  await vi.waitFor(async () => expect(await hunksSeen(page)).toBeGreaterThan(seen), patience)
  expect(await page.evaluate(() => scrollY)).toBeLessThan(20_000)
})

test("what stays as it is comes when it is asked for, line by line or all of it, and counts for nothing", async () => {
  const before = textOf(300, (line) => `row ${line}`)
  const page = await openApproval(
    await ask(before, before.replace("row 150\n", "row one hundred and fifty\n")),
  )
  await page.getByText("1 of 1 hunk seen", { exact: true }).waitFor()
  expect(await numbersOf(page)).toEqual(range(147, 153))

  await page.getByRole("button", { name: "show 20 above" }).click()
  await vi.waitFor(async () => expect(await numbersOf(page)).toEqual(range(127, 153)), patience)
  await page.getByRole("button", { name: "show 20 below" }).click()
  await vi.waitFor(async () => expect(await numbersOf(page)).toEqual(range(127, 173)), patience)
  expect(await page.getByText("126 unchanged lines").count()).toBe(1)
  expect(await lookAt(page)).toEqual([])

  await page.getByRole("button", { name: "whole file" }).click()
  await vi.waitFor(async () => expect(await numbersOf(page)).toEqual(range(1, 300)), patience)
  const texts = await page.locator('.diff-line:not([data-kind="removed"]) .diff-code').allTextContents()
  expect(texts).toEqual(
    range(1, 300).map((line) => (line === 150 ? "row one hundred and fifty" : `row ${line}`)),
  )
  await page.getByRole("button", { name: "split" }).click()
  await vi.waitFor(async () => expect(await page.locator(".split-line").count()).toBe(300), patience)
  await page.getByRole("button", { name: "whole file" }).click()
  await vi.waitFor(async () => expect(await page.locator(".split-line").count()).toBe(47), patience)
  await page.getByText("1 of 1 hunk seen", { exact: true }).waitFor()
})

test("what was seen stays seen side by side and in a narrower window, and nothing else does", async () => {
  const before = textOf(400, (line) => `row ${line}`)
  const page = await openApproval(
    await ask(
      before,
      textOf(400, (line) => `new ${line}`),
    ),
  )
  await vi.waitFor(async () => expect(await percentSeen(page)).toBeGreaterThan(0), patience)
  const first = await percentSeen(page)
  await page.evaluate(() => scrollTo(0, 3_000))
  await vi.waitFor(async () => expect(await percentSeen(page)).toBeGreaterThan(first), patience)
  const seen = await percentSeen(page)

  await page.evaluate(() => scrollTo(0, 0))
  await page.getByRole("button", { name: "split" }).click()
  await page.setViewportSize({ width: 1100, height: 700 })
  await page.locator(".split-line").first().waitFor()
  expect(await percentSeen(page)).toBeGreaterThanOrEqual(seen)
  expect(await percentSeen(page)).toBeLessThan(seen + 8)
})

/** Scrolls down in steps of nearly a screen, as soon as the lines that came with one had been there for two frames; how many elements stood on the page, and how often a screen was without lines. */
async function readThrough(page: Page): Promise<{ most: number; blank: number }> {
  return await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    let [most, blank] = [0, 0]
    for (let steps = 0; scrollY + innerHeight < document.documentElement.scrollHeight - 1; steps += 1) {
      scrollBy({ top: innerHeight - 240, behavior: "instant" })
      for (let frames = 0; frames < 3; frames += 1) await frame()
      if (document.elementFromPoint(300, innerHeight / 3)?.closest(".diff-line, .diff") === null) blank += 1
      if (steps % 20 === 0) most = Math.max(most, document.querySelectorAll("*").length)
    }
    return { most, blank }
  })
}

async function percentSeen(page: Page): Promise<number> {
  const words = await page.getByText(/hunks? seen/).innerText()
  return Number(/(\d+) % of the lines/.exec(words)?.[1] ?? Number.NaN)
}

async function hunksSeen(page: Page): Promise<number> {
  return Number.parseInt(await page.getByText(/hunks? seen/).innerText(), 10)
}

async function numbersOf(page: Page): Promise<number[]> {
  const numbers = await page
    .locator('.diff-line:not([data-kind="removed"]) .diff-number:nth-child(2)')
    .allTextContents()
  return numbers.map(Number)
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

function textOf(count: number, lineOf: (line: number) => string): string {
  return `${range(1, count).map(lineOf).join("\n")}\n`
}

async function ask(before: string | null, after: string): Promise<string> {
  const response = await fetch(`${server.url}/api/v1/tool-calls`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${server.apiKey}`,
      "content-type": "application/json",
      "idempotency-key": randomUUID(),
    },
    body: JSON.stringify({
      runId,
      tool: { server: "workspace", name: "write_file", version: "1.4.0" },
      input: { path: "data/rows.txt", content: "as below" },
      change: {
        parts: [
          {
            kind: "file",
            target: { workspace: "main", path: "data/rows.txt" },
            before: before === null ? null : { text: before },
            after: { text: after },
          },
        ],
      },
    }),
  })
  if (!response.ok) throw new Error(await response.text())
  const { approval } = (await response.json()) as { approval: { approvalId: string } }
  return approval.approvalId
}

async function openApproval(approvalId: string, size?: typeof phone): Promise<Page> {
  const page = await browser.newPage(size)
  await signIn(page, server.url, server.person("reviewer"), `/approvals/${approvalId}`)
  await page.getByText(/hunks? seen/).waitFor()
  return page
}
