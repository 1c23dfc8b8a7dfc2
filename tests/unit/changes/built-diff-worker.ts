import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { buildSync } from "esbuild"

const root = fileURLToPath(new URL("../../..", import.meta.url))

let built: string | undefined

/** The diff worker as production bundles it, beside the other things that are built; one for each process. */
export function buildDiffWorker(): string {
  built ??= build()
  return built
}

function build(): string {
  const outfile = join(root, ".build", "test", `diff-worker-${process.pid}.mjs`)
  buildSync({
    entryPoints: [join(root, "lib/changes/diff-worker.ts")],
    tsconfig: join(root, "tsconfig.json"),
    bundle: true,
    packages: "external",
    alias: {
      "@": root,
      "@deltaseal/guard/change": join(root, "packages/guard/src/change.ts"),
      "@deltaseal/guard/config": join(root, "packages/guard/src/config.ts"),
    },
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "error",
  })
  return outfile
}
