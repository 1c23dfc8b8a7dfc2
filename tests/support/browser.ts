import type { BrowserContext, ConsoleMessage, Page, Request } from "playwright-core"
import { vi } from "vitest"
import { chromiumOfWorker } from "./chromium"

/** A browser whose pages may not complain. */
export type TestBrowser = Readonly<{
  /** A page in a fresh profile; by default as wide as a desk's screen. */
  newPage: (size?: Size) => Promise<Page>
  /** Fails when any page logged an error, threw, or broke its content policy. */
  close: () => Promise<void>
}>

export type Size = Readonly<{ width: number; height: number }>

export const phone: Size = { width: 390, height: 844 }
export const desk: Size = { width: 1440, height: 900 }

/** `expected` complaints are part of what is tried, such as the 404 of a page that is not there. */
export async function openBrowser(expected: readonly RegExp[] = []): Promise<TestBrowser> {
  const browser = await chromiumOfWorker()
  const contexts: BrowserContext[] = []
  const complaints: string[] = []
  const underway = new Set<Request>()

  return {
    newPage: async (size = desk) => {
      const context = await browser.newContext({ viewport: size, locale: "en-GB" })
      contexts.push(context)
      const page = await context.newPage()
      page.setDefaultTimeout(20_000)
      listen(page, complaints)
      follow(page, underway)
      return page
    },
    close: async () => {
      await Promise.all(contexts.flatMap((context) => context.pages()).map(silence))
      // Whoever closes stops the server next, and what is being answered then is a complaint of the server.
      await vi.waitUntil(() => underway.size === 0, { timeout: 5_000, interval: 10 }).catch(() => undefined)
      await Promise.all(contexts.map((context) => context.close()))
      const unexpected = complaints.filter((complaint) => !expected.some((known) => known.test(complaint)))
      if (unexpected.length > 0) throw new Error(`The pages complained:\n${unexpected.join("\n")}`)
    },
  }
}

/**
 * Signs in by what the form sends, and goes where the person was going. The form
 * itself is tried in web-review and first-owner; to wait for it, and then for an
 * inbox that nobody looks at, took most of the time of many tests.
 *
 * @param to a path of the server, or an address of it
 */
export async function signIn(
  page: Page,
  url: string,
  { email, password }: Readonly<{ email: string; password: string }>,
  to = "/inbox",
): Promise<void> {
  const { request } = page.context()
  const at = (path: string) => new URL(path, url).href
  const { csrfToken } = (await (await request.get(at("/api/auth/csrf"))).json()) as { csrfToken: string }
  await request.post(at("/api/auth/callback/credentials"), {
    headers: { origin: new URL(url).origin },
    form: { email, password, csrfToken, json: "true" },
  })
  const session = await request.get(at("/api/v1/session"))
  if (!session.ok()) throw new Error(`${email} could not sign in: ${await session.text()}`)
  await page.goto(at(to))
}

/** Presses a button until its dialog is there: a page that has only just come does not listen yet. */
export async function openDialog(page: Page, button: string): Promise<void> {
  const dialog = page.getByRole("dialog")
  const pressed = async () => {
    if (await dialog.isVisible()) return true
    await page.getByRole("button", { name: button }).first().click()
    return dialog.isVisible()
  }
  await vi.waitUntil(pressed, { timeout: 20_000, interval: 250 })
}

/** What a page tells the server when it is left would meet one that is just being stopped. */
async function silence(page: Page): Promise<void> {
  const untold = () => {
    window.fetch = () => new Promise(() => undefined)
  }
  await page.evaluate(untold).catch(() => undefined)
}

/** Keeps what was asked for and not answered yet; an event stream never is. */
function follow(page: Page, underway: Set<Request>): void {
  page.on("request", (request) => {
    if (request.resourceType() !== "eventsource") underway.add(request)
  })
  page.on("requestfinished", (request) => underway.delete(request))
  page.on("requestfailed", (request) => underway.delete(request))
}

/** A content policy that was broken is an error in the console too. */
function listen(page: Page, complaints: string[]): void {
  page.on("console", (message: ConsoleMessage) => {
    if (message.type() !== "error") return
    const { url } = message.location()
    complaints.push(`console at ${page.url()}: ${message.text()} ${url}`)
  })
  page.on("pageerror", (error) => complaints.push(`thrown at ${page.url()}: ${error.message}`))
}
