import "./lib/node-version.mjs"
import { ensureBuilt } from "./lib/build.mjs"
import { ensureInstalled } from "./lib/install.mjs"
import { say } from "./lib/progress.mjs"
import { main, root } from "./lib/run.mjs"

process.chdir(root)
say()
await main(async () => {
  await ensureInstalled()
  await ensureBuilt()
})

// npm's shell does not pass a SIGTERM on; when it is gone, we have been asked to stop.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, "SIGTERM")
}, 500).unref()

// In this process, so that Ctrl-C and signals reach the server and nobody in between.
await import(`${root}dist/server.js`)
