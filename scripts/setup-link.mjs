import "./lib/node-version.mjs"
import { ensureBuilt } from "./lib/build.mjs"
import { ensureInstalled } from "./lib/install.mjs"
import { main, root } from "./lib/run.mjs"

process.chdir(root)
await main(async () => {
  await ensureInstalled()
  await ensureBuilt()
})

await import(`${root}dist/setup-link.js`)
