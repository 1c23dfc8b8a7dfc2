import type { Page } from "playwright-core"
import { axe } from "./axe"

/** What there is to object to on a page: by axe in the light and in the dark, and whether it runs sideways. */
export async function lookAt(page: Page): Promise<string[]> {
  const complaints: string[] = []
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme })
    complaints.push(...(await axe(page)).map((found) => `${colorScheme}: ${found}`))
  }
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)

  return sideways > 0 ? [...complaints, `${sideways} pixels run over the side`] : complaints
}
