// `npm run bench:diff`: our line diff beside git's on 20,000 lines, in CPU time, since another program's start and a busy
// machine are not what is measured. The best of five each.
import { Buffer } from "node:buffer"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { build } from "esbuild"
import { root } from "../scripts/lib/run.mjs"

const { diffFile } = await fileDiff()
const folder = mkdtempSync(path.join(tmpdir(), "deltaseal-diff-"))
const workMax = 100_000_000

try {
  for (const [name, before, after] of cases()) {
    const [git, ours] = [gitTime(before, after), ourTime(before, after)]
    const times = `git ${git.toFixed(0).padStart(4)} ms   ours ${ours.ms.toFixed(0).padStart(4)} ms`
    console.log(`${name.padEnd(28)} ${times}   ${(ours.ms / git).toFixed(1)}x   ${ours.words}`)
  }
} finally {
  rmSync(folder, { recursive: true })
}

/** @returns {[string, string, string][]} */
function cases() {
  const count = 20_000
  const random = randomNumbers(1)
  const base = Array.from({ length: count }, (_, at) => `${at}: ${"abcdefghij ".repeat(4)}${random(1e6)}\n`)
  const few = () => Array.from({ length: count }, () => `${random(20)}\n`)
  const text = (/** @type {string[]} */ lines) => lines.join("")

  return [
    ["a few lines", text(base), text(base.map((line, at) => (at % 997 === 0 ? "x\n" : line)))],
    ["one line in ten", text(base), text(base.map((line) => (random(10) === 0 ? "x\n" : line)))],
    ["every second line", text(base), text(base.map((line, at) => (at % 2 === 0 ? `x${at}\n` : line)))],
    [
      "lines come and go",
      text(base),
      text(base.flatMap((line) => [[], [line], [line, "x\n"]][random(3)] ?? [])),
    ],
    ["a block of half moves", text(base), text([...base.slice(count / 2), ...base.slice(0, count / 2)])],
    ["quadratic: another order", text(base), text(base.map((_, at) => base[(at * 7_919) % count] ?? ""))],
    ["quadratic: 20 kinds of lines", text(few()), text(few())],
  ]
}

/** @param {number} seed */
function randomNumbers(seed) {
  let state = seed
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** @param {string} before @param {string} after */
function gitTime(before, after) {
  const [from, to] = [path.join(folder, "before"), path.join(folder, "after")]
  writeFileSync(from, before)
  writeFileSync(to, after)
  const script = `TIMEFORMAT='%U %S'; time git diff --no-index "$1" "$2" > /dev/null`
  return best(() => {
    const { stderr } = spawnSync("bash", ["-c", script, "-", from, to], { encoding: "utf8" })
    return stderr
      .trim()
      .split(" ")
      .map(Number)
      .reduce((sum, seconds) => sum + seconds * 1_000, 0)
  })
}

/** @param {string} before @param {string} after */
function ourTime(before, after) {
  const sideOf = (/** @type {string} */ text) => ({ bytes: Buffer.from(text), digest: "", mode: "100644" })
  const task = { path: "a", before: sideOf(before), after: sideOf(after), workMax }
  let words = ""
  const ms = best(() => {
    const start = process.cpuUsage()
    const { added, removed, flags } = diffFile(task)
    words = `+${added} −${removed}${flags.includes("diff_degraded") ? " degraded" : ""}`
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1_000
  })
  return { ms, words }
}

/** @param {() => number} measure */
function best(measure) {
  return Math.min(...Array.from({ length: 5 }, measure))
}

/** The diff as it stands in the sources. */
async function fileDiff() {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, "lib/changes/file-diff.ts")],
    alias: { "@": root, "@deltaseal/guard/change": path.join(root, "packages/guard/src/change.ts") },
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
    logLevel: "error",
  })
  const [{ contents } = { contents: new Uint8Array() }] = outputFiles
  return await import(`data:text/javascript;base64,${Buffer.from(contents).toString("base64")}`)
}
