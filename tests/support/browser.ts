import type { Browser, ConsoleMessage, Page } from "playwright-core"
import { launchChromium } from "./chromium"

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
  const browser: Browser = await launchChromium()
  const complaints: string[] = []

  return {
    newPage: async (size = desk) => {
      const context = await browser.newContext({ viewport: size, locale: "en-GB" })
      const page = await context.newPage()
      page.setDefaultTimeout(20_000)
      listen(page, complaints)
      return page
    },
    close: async () => {
      await browser.close()
      const unexpected = complaints.filter((complaint) => !expected.some((known) => known.test(complaint)))
      if (unexpected.length > 0) throw new Error(`The pages complained:\n${unexpected.join("\n")}`)
    },
  }
}

/** Signs in as a person would, and lands where the person was going. */
export async function signIn(
  page: Page,
  url: string,
  person: Readonly<{ email: string; password: string }>,
): Promise<void> {
  await page.goto(new URL("/inbox", url).href)
  await page.getByLabel("E-mail").fill(person.email)
  await page.getByLabel("Password").fill(person.password)
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL("**/inbox")
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
