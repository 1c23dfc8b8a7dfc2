import { existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import path from "node:path"
import { step } from "./progress.mjs"
import { bin, mustRun, root } from "./run.mjs"
import { digestOf, isStamped, writeStamp } from "./stamp.mjs"

const schema = ["prisma/schema", "prisma.config.ts", "package-lock.json"]

const sources = [
  ...schema,
  "app",
  "bench",
  "components",
  "examples",
  "lib",
  "packages",
  "prisma/seed",
  "public",
  "scripts",
  "next.config.js",
  "package.json",
  "postcss.config.mjs",
  "server.ts",
  "tsconfig.json",
]

/** Everything bundled for Node: what comes out, and what goes in where it exists. */
const programs = {
  server: "server.ts",
  "setup-link": "lib/process/setup-link.ts",
  "diff-worker": "lib/changes/diff-worker.ts",
  "examples/workspace-server": "examples/workspace-server/main.ts",
  "examples/crm-server": "examples/crm-server/main.ts",
  "examples/office-server": "examples/office-server/main.ts",
  "examples/agent": "examples/agent/main.ts",
  "examples/demo": "examples/demo/main.ts",
  "bench/main": "bench/main.ts",
  "bench/beside-diffs": "bench/beside-diffs.ts",
  "bench/beside-simulation": "bench/beside-simulation.ts",
  "bench/api-server": "bench/api-server.ts",
  "bench/floor-server": "bench/floor-server.ts",
}

/** Writes the Prisma client, unless it is the one this schema gives. */
export async function ensureGenerated() {
  const digest = digestOf(schema)
  if (isStamped("generated", digest) && exists("prisma/generated/client.ts")) return

  await step("Generating the database client", () => mustRun(bin("prisma"), ["generate"]))
  writeStamp("generated", digest)
}

export async function ensureBuilt() {
  await ensureGenerated()
  const digest = digestOf(sources)
  if (isStamped("stamp", digest) && exists("dist/server.js") && exists(".next/BUILD_ID")) return

  await buildAll()
  writeStamp("stamp", digest)
}

async function buildAll() {
  // A build that breaks off must not look like the one before.
  await rm(path.join(root, ".build/stamp"), { force: true })
  await step("Compiling the guard", () => mustRun(bin("tsc"), ["-p", "packages/guard"]))
  await step("Bundling the server", bundle)
  // Webpack: Turbopack's chunk loader writes script URLs that Trusted Types refuse.
  await step("Building the pages", () =>
    mustRun(bin("next"), ["build", "--webpack"], { NODE_ENV: "production" }),
  )
}

async function bundle() {
  const { build } = await import("esbuild")
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(Object.entries(programs).filter(([, source]) => exists(source))),
    outdir: "dist",
    bundle: true,
    packages: "external",
    // Named here too: a path alias that leads nowhere would otherwise pass for a package.
    alias: {
      "@": root,
      "@deltaseal/guard/change": `${root}packages/guard/src/change.ts`,
      "@deltaseal/guard/config": `${root}packages/guard/src/config.ts`,
      "@deltaseal/guard": `${root}packages/guard/src/index.ts`,
    },
    platform: "node",
    target: "node20",
    format: "esm",
    sourcemap: true,
    logLevel: "warning",
  })
}

/** @param {string} name */
function exists(name) {
  return existsSync(path.join(root, name))
}
