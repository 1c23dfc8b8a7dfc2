import { statSync } from "node:fs"
import path from "node:path"
import { step } from "./progress.mjs"
import { Failure, mustRun, root } from "./run.mjs"
import { digestOf, isStamped, writeStamp } from "./stamp.mjs"

/** Kept inside node_modules, so that deleting the one forgets the other. */
const stamp = path.join(root, "node_modules", ".deltaseal-lockfile")

/** Installs exactly what the lockfile says, unless that is what is there. */
export async function ensureInstalled() {
  const digest = digestOf(["package-lock.json"])
  if (isStamped(stamp, digest) || isInstalledByNpm()) {
    writeStamp(stamp, digest)
    return
  }

  await step("Installing packages", () =>
    // A user's NODE_ENV=production must not leave out what the build needs.
    mustRun("npm", ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"]),
  ).catch((error) => {
    throw new Failure(`The packages could not be installed. ${error.message}`)
  })
  writeStamp(stamp, digest)
}

/** Someone ran `npm ci` or `npm install` themselves: npm's own record is then newer than the lockfile. */
function isInstalledByNpm() {
  const record = statSync(path.join(root, "node_modules/.package-lock.json"), { throwIfNoEntry: false })
  return record !== undefined && record.mtimeMs >= statSync(path.join(root, "package-lock.json")).mtimeMs
}
