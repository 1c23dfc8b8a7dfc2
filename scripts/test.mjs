import "./lib/node-version.mjs"
import { ensureBuilt, ensureGenerated } from "./lib/build.mjs"
import { ensureChromium } from "./lib/chromium.mjs"
import { ensureInstalled } from "./lib/install.mjs"
import { bin, main, run } from "./lib/run.mjs"

const args = process.argv.slice(2)

await main(async () => {
  await ensureInstalled()
  await ensureGenerated()

  // `npm test -- tests/unit/…` needs neither a browser nor a build.
  if (args.length === 0 || args.some((arg) => arg.includes("e2e"))) {
    await ensureChromium()
    await ensureBuilt()
  }

  const { code } = await run(bin("vitest"), ["run", ...args], { show: true })
  process.exit(code)
})
