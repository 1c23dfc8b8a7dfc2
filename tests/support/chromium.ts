import { chromium, type Browser } from "playwright-core"
import { findChromium } from "@/scripts/lib/chromium.mjs"

/**
 * The last switch of a name wins, so those of Playwright that could matter come
 * first. The two others are pages of Chromium's own that every new window loads
 * for its address bar, which nobody sees here: they took longer than our pages.
 */
const disabledFeatures = [
  ...["AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"],
  ...["HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"],
  ...["ThirdPartyStoragePartitioning", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"],
  "PreconnectToSearch",
  ...["WebUIOmniboxPopup", "WebUIOmniboxAimPopup"],
]

const flags = [
  `--disable-features=${disabledFeatures.join(",")}`,
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

let launched: Promise<Browser> | undefined

/**
 * A real browser, one for all tests of a worker: profiles are apart, and to begin
 * one takes a second. It ends with the worker. `npm test` has made sure that there is one.
 */
export async function chromiumOfWorker(): Promise<Browser> {
  launched ??= launch()
  const browser = await launched
  if (browser.isConnected()) return browser

  launched = launch()
  return await launched
}

async function launch(): Promise<Browser> {
  const executablePath = await findChromium()
  if (executablePath === undefined)
    throw new Error("There is no Chromium: run the browser tests by npm test.")

  return chromium.launch({ executablePath, args: flags })
}
