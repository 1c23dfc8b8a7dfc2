import { existsSync } from "node:fs"
import { step } from "./progress.mjs"
import { Failure, mustRun, run } from "./run.mjs"

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]

/** The browser that the tests use, or undefined: CHROMIUM_PATH, the system's, Playwright's. */
export async function findChromium() {
  const wanted = process.env["CHROMIUM_PATH"]
  if (wanted) return existsSync(wanted) ? wanted : undefined

  const { chromium } = await import("playwright-core")
  return [...places, chromium.executablePath()].find((place) => place !== "" && existsSync(place))
}

/** Finds Chromium or, as root on Debian, installs it. Browser tests are never skipped silently. */
export async function ensureChromium() {
  const wanted = process.env["CHROMIUM_PATH"]
  if (wanted && !existsSync(wanted)) throw new Failure(`CHROMIUM_PATH names ${wanted}, which does not exist.`)
  if (await findChromium()) return

  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    throw new Failure(
      "The browser tests need Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM_PATH.",
    )
  }

  await step("Installing Chromium", async () => {
    const env = { DEBIAN_FRONTEND: "noninteractive" }
    await run("apt-get", ["update"], { env })
    await mustRun("apt-get", ["install", "-y", "chromium"], env)
  })
  if (!(await findChromium()))
    throw new Failure("Chromium was installed but is not at /usr/bin/chromium; set CHROMIUM_PATH.")
}
