import { Buffer } from "node:buffer"
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import path from "node:path"
import { inBase64, newPermitKey } from "./new-secrets.mjs"

/** Time to restart every node, and for the last permit of the last one to end with what clocks may differ. */
const overlapMs = 60 * 60_000 + 2 * 60_000

/**
 * Another permit key. With DELTASEAL_PERMIT_KEY in the environment the new
 * settings are given as lines; without, those in the data directory are replaced.
 *
 * @param {Record<string, string | undefined>} env
 * @param {boolean} atOnce whether what the old key signed is void: it is no longer ours alone
 * @returns {string[]}
 */
export function rotatePermitKey(env, atOnce) {
  const next = newPermitKey()
  const until = new Date(Date.now() + overlapMs).toISOString()
  const current = env["DELTASEAL_PERMIT_KEY"] ?? ""
  if (current === "") return rotateKept(env["DELTASEAL_DATA_DIR"] ?? ".data", { next, until, atOnce })

  const { x } = JSON.parse(
    current.startsWith("{") ? current : Buffer.from(current, "base64").toString("utf8"),
  )
  const announced = `DELTASEAL_OTHER_PERMIT_KEYS=${inBase64([{ x: next.x, until }])}`
  const old = atOnce ? "" : inBase64([{ x, until }])
  return [
    ...(atOnce ? [] : ["# Several nodes: restart all of them with this line added first.", announced]),
    "# Then, within the hour, restart all of them with these two instead.",
    `DELTASEAL_PERMIT_KEY=${inBase64(next)}`,
    `DELTASEAL_OTHER_PERMIT_KEYS=${old}`,
  ]
}

/**
 * @param {string} dataDir
 * @param {{ next: import("node:crypto").JsonWebKey, until: string, atOnce: boolean }} rotation
 * @returns {string[]}
 */
function rotateKept(dataDir, { next, until, atOnce }) {
  const directory = path.resolve(dataDir, "secrets")
  const file = path.join(directory, "permit-key.json")
  if (!existsSync(file))
    throw new Error(`There is no permit key in ${directory}, and no DELTASEAL_PERMIT_KEY.`)

  const { x } = JSON.parse(readFileSync(file, "utf8"))
  // First what verifies: broken off in between, nothing is signed that nobody can check.
  replace(path.join(directory, "other-permit-keys.json"), JSON.stringify(atOnce ? [] : [{ x, until }]))
  replace(file, JSON.stringify(next))
  return [`The permit key in ${directory} is a new one. Restart the server within the hour.`]
}

/**
 * @param {string} file
 * @param {string} text
 */
function replace(file, text) {
  writeFileSync(`${file}.partial`, text, { mode: 0o600, flush: true })
  renameSync(`${file}.partial`, file)
}
