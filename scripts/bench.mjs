import "./lib/node-version.mjs"
import { ensureBuilt } from "./lib/build.mjs"
import { ensureInstalled } from "./lib/install.mjs"
import { main, root } from "./lib/run.mjs"

process.chdir(root)
await main(async () => {
  await ensureInstalled()
  await ensureBuilt()
})

// `npm run bench beside-diffs`: what other requests wait for while long diffs are computed.
await import(`${root}dist/bench/${process.argv[2] === "beside-diffs" ? "beside-diffs" : "main"}.js`)
