import type { Page } from "playwright-core"
import { axe } from "./axe"
import { desk, phone } from "./browser"

/**
 * What there is to object to on a page as it stands: by axe, and whether it runs
 * sideways. Wide pages are looked at in the light and narrow ones in the dark,
 * for a look takes a second or more; every page is looked at in both sizes.
 */
export async function lookAt(page: Page): Promise<string[]> {
  const isWide = (page.viewportSize()?.width ?? 0) > phone.width
  await page.emulateMedia({ colorScheme: isWide ? "light" : "dark" })

  return [...(await axe(page)), ...(await sideways(page))]
}

/** The same on a desk and on a phone. */
export async function lookAtBothSizes(page: Page): Promise<string[]> {
  const complaints: string[] = []
  for (const [name, size] of [
    ["desk", desk],
    ["phone", phone],
  ] as const) {
    await page.setViewportSize(size)
    complaints.push(...(await lookAt(page)).map((found) => `${name}: ${found}`))
  }
  return complaints
}

async function sideways(page: Page): Promise<string[]> {
  const pixels = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  return pixels > 0 ? [`${pixels} pixels run over the side`] : []
}
