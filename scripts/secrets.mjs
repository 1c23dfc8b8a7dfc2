import "./lib/node-version.mjs"
import { rotatePermitKey } from "./lib/permit-key.mjs"
import { newSecrets } from "./lib/new-secrets.mjs"

/**
 * Without arguments: the four secrets that a server with a DATABASE_URL needs,
 * made now and kept nowhere. `rotate-permit-key [--at-once]`: another key for permits.
 */
const [wish, ...options] = process.argv.slice(2)
const lines =
  wish === undefined
    ? Object.entries(newSecrets()).map(([name, value]) => `${name}=${value}`)
    : wish === "rotate-permit-key"
      ? rotatePermitKey(process.env, options.includes("--at-once"))
      : null

if (lines === null) {
  process.stderr.write(`\n  There is no ${wish}; there is rotate-permit-key.\n\n`)
  process.exitCode = 1
} else {
  for (const line of lines) process.stdout.write(`${line}\n`)
}
