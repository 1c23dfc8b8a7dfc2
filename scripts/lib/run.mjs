import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url))

/**
 * Runs a program in the repository's root and resolves with its exit code and
 * output. With `show` the output goes straight to the terminal.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ show?: boolean, env?: Record<string, string> }} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, { show = false, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", CHECKPOINT_DISABLE: "1", ...env },
      stdio: show ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    })
    let output = ""
    const collect = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString()
    }
    child.stdout?.on("data", collect)
    child.stderr?.on("data", collect)
    child.once("error", reject)
    child.once("close", (code) => {
      resolve({ code: code ?? 1, output })
    })
  })
}

/**
 * Runs a step that must succeed.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
export async function mustRun(command, args, env = {}) {
  const { code, output } = await run(command, args, { env })
  if (code !== 0) throw new Failure(`${command} ${args.join(" ")} failed:\n\n${output.trim()}`)
  return output
}

/** The path of a program that npm installed. @param {string} name */
export function bin(name) {
  return `${root}node_modules/.bin/${name}`
}

/** Something a person can act on: its message is shown without a stack. */
export class Failure extends Error {}

/**
 * Runs a script's main function and turns failures into one message and a non-zero exit.
 *
 * @param {() => Promise<void>} work
 */
export async function main(work) {
  try {
    await work()
  } catch (error) {
    const text =
      error instanceof Failure ? error.message : error instanceof Error ? error.stack : String(error)
    process.stderr.write(`\n  ${text}\n\n`)
    process.exit(1)
  }
}
