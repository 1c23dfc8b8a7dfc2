import "./lib/node-version.mjs"
import { ensureGenerated } from "./lib/build.mjs"
import { ensureInstalled } from "./lib/install.mjs"
import { step } from "./lib/progress.mjs"
import { bin, Failure, main, mustRun, run } from "./lib/run.mjs"

/** @type {[string, string, string[]][]} */
const checks = [
  ["Format", "prettier", ["--check", "--log-level=warn", "."]],
  ["Lint", "eslint", ["--max-warnings=0", "."]],
  ["Types", "tsc", ["--noEmit", "-p", "tsconfig.json"]],
  ["Types of the guard", "tsc", ["--noEmit", "-p", "packages/guard"]],
  ["Import rules", "depcruise", ["--config", ".dependency-cruiser.cjs", "--output-type", "err-long", "."]],
  ["Unused code", "knip", ["--no-progress"]],
]

await main(async () => {
  await ensureInstalled()
  await ensureGenerated()
  await step("Route types", () => mustRun(bin("next"), ["typegen"]))

  const failed = []
  for (const [label, command, args] of checks) {
    const { code, output } = await step(label, () => run(bin(command), args))
    if (code === 0) continue
    failed.push(label)
    process.stdout.write(`\n${output.trim()}\n\n`)
  }

  if (failed.length > 0) throw new Failure(`Failed: ${failed.join(", ")}.`)
})
