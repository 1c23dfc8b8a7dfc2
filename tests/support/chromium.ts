import { chromium, type Browser } from "playwright-core"
import { findChromium } from "@/scripts/lib/chromium.mjs"

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

/** A real browser. `npm test` has made sure that there is one. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await findChromium()
  if (executablePath === undefined)
    throw new Error("There is no Chromium: run the browser tests by npm test.")

  return chromium.launch({ executablePath, args: flags })
}
