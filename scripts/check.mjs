import "./lib/node-version.mjs"
import { ensureGenerated } from "./lib/build.mjs"
import { ensureInstalled } from "./lib/install.mjs"
import { step } from "./lib/progress.mjs"
import { bin, Failure, main, mustRun, run } from "./lib/run.mjs"

const cruised = ["app", "components", "examples", "lib", "packages", "prisma", "server.ts"]

/** @type {[string, string, string[]][]} */
const checks = [
  ["Format", "prettier", ["--check", "--log-level=warn", "."]],
  ["Types", "tsc", ["--noEmit", "-p", "tsconfig.json"]],
  ["Types of the guard", "tsc", ["--noEmit", "-p", "packages/guard"]],
  [
    "Import rules",
    "depcruise",
    ["--config", ".dependency-cruiser.cjs", "--output-type", "err-long", ...cruised],
  ],
  ["Unused code", "knip", ["--no-progress"]],
]

await main(async () => {
  await ensureInstalled()
  await ensureGenerated()
  await step("Route types", () => mustRun(bin("next"), ["typegen"]))

  // The slowest, by far: it has a core to itself while the others take turns.
  const lint = run(bin("eslint"), ["--max-warnings=0", "."])
  const rest = checks.map(([label, command, args]) => ({ label, work: () => run(bin(command), args) }))

  const failed = []
  for (const { label, work } of [...rest, { label: "Lint", work: () => lint }]) {
    const { code, output } = await step(label, work)
    if (code === 0) continue
    failed.push(label)
    process.stdout.write(`\n${output.trim()}\n\n`)
  }

  if (failed.length > 0) throw new Failure(`Failed: ${failed.join(", ")}.`)
})
