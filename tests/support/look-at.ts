import type { Page } from "playwright-core"
import { axe } from "./axe"
import { desk, phone } from "./browser"

/** What there is to object to on a page: by axe in the light and in the dark, and whether it runs sideways. */
export async function lookAt(page: Page): Promise<string[]> {
  const complaints: string[] = []
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme })
    complaints.push(...(await axe(page)).map((found) => `${colorScheme}: ${found}`))
  }
  return [...complaints, ...(await sideways(page))]
}

/** The same on a desk in the light and on a phone in the dark: every page in both sizes and in both colours. */
export async function lookAtBothSizes(page: Page): Promise<string[]> {
  const complaints: string[] = []
  for (const [name, size, colorScheme] of [
    ["desk", desk, "light"],
    ["phone", phone, "dark"],
  ] as const) {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme })
    complaints.push(...[...(await axe(page)), ...(await sideways(page))].map((found) => `${name}: ${found}`))
  }
  return complaints
}

async function sideways(page: Page): Promise<string[]> {
  const pixels = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  return pixels > 0 ? [`${pixels} pixels run over the side`] : []
}
