import "./lib/node-version.mjs"
import { ensureBuilt } from "./lib/build.mjs"
import { ensureInstalled } from "./lib/install.mjs"
import { main, root } from "./lib/run.mjs"

process.chdir(root)
await main(async () => {
  await ensureInstalled()
  await ensureBuilt()
})

// `npm run bench beside-diffs`: what other requests wait for while long diffs are computed; `beside-simulation`: how long
// a simulation holds its process.
const [name = "main"] = process.argv.slice(2)
const known = ["main", "beside-diffs", "beside-simulation"]
if (!known.includes(name)) throw new Error(`There is no such benchmark. There are: ${known.join(", ")}.`)
await import(`${root}dist/bench/${name}.js`)
