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

/** The same on a desk and on a phone. Colours are the same on both, so that the phone is looked at in the dark alone. */
export async function lookAtBothSizes(page: Page): Promise<string[]> {
  await page.setViewportSize(desk)
  const onDesk = await lookAt(page)
  await page.setViewportSize(phone)
  const onPhone = [...(await axe(page)), ...(await sideways(page))]

  return [...onDesk.map((found) => `desk: ${found}`), ...onPhone.map((found) => `phone: ${found}`)]
}

async function sideways(page: Page): Promise<string[]> {
  const pixels = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  return pixels > 0 ? [`${pixels} pixels run over the side`] : []
}
