import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"

const source = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** What axe objects to on a page, by rule and first element. */
export async function axe(page: Page): Promise<string[]> {
  // What is still fading in has the contrast of neither before nor after.
  await page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
    await Promise.allSettled(ending.map(({ finished }) => finished))
  })
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await source)
  return await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run: (how: object) => Promise<{ violations: Violation[] }> }
    }
    type Violation = { id: string; nodes: { html: string }[] }
    // What passes is of no interest, and to write it down takes longer than to find it.
    const { violations } = await axe.run({ resultTypes: ["violations"], selectors: false, preload: false })
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`)
  })
}
