import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs"
import path from "node:path"
import { root } from "./run.mjs"

const skipped = new Set(["node_modules", "dist", "generated", "tests", "vectors", ".next", ".data", ".git"])

/**
 * One digest over files and folders, names and contents. Times are not asked:
 * a checkout, a copy or a touch does not make a build stale.
 *
 * @param {string[]} names relative to the root; what does not exist counts as absent
 */
export function digestOf(names) {
  const hash = createHash("sha256")
  for (const file of names.flatMap(filesUnder).sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update("\0")
  }
  return hash.digest("hex")
}

/** @param {string} name @param {string} digest */
export function isStamped(name, digest) {
  try {
    return readFileSync(stampFile(name), "utf8") === digest
  } catch {
    return false
  }
}

/** @param {string} name @param {string} digest */
export function writeStamp(name, digest) {
  mkdirSync(path.dirname(stampFile(name)), { recursive: true })
  writeFileSync(stampFile(name), digest)
}

/** @param {string} name */
function stampFile(name) {
  return name.startsWith("/") ? name : path.join(root, ".build", name)
}

/** @param {string} name @returns {string[]} */
function filesUnder(name) {
  const found = statSync(path.join(root, name), { throwIfNoEntry: false })
  if (!found) return []
  if (!found.isDirectory()) return [name]

  return readdirSync(path.join(root, name))
    .filter((entry) => !skipped.has(entry) && !entry.endsWith(".tsbuildinfo"))
    .flatMap((entry) => filesUnder(path.join(name, entry)))
}
