import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { buildSync } from "esbuild"

const root = fileURLToPath(new URL("../../..", import.meta.url))

/** The diff worker as production bundles it, in a fresh temporary folder. */
export function buildDiffWorker(): string {
  const outfile = join(mkdtempSync(join(tmpdir(), "deltaseal-diff-")), "diff-worker.mjs")
  buildSync({
    entryPoints: [join(root, "lib/changes/diff-worker.ts")],
    tsconfig: join(root, "tsconfig.json"),
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "error",
  })
  return outfile
}
