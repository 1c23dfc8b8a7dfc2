import { execFile, spawn } from "node:child_process"
import { basename } from "node:path"
import { promisify } from "node:util"
import { sha256Hex, type CommandContent } from "@deltaseal/guard/change"
import { OfficeError } from "./office-error.ts"

export type ReportInput = Readonly<{ program: string; operands: readonly string[] }>

export type Ran = Readonly<{
  /** `0`, `1`, …, or why it did not get that far. */
  ended: string
  output: string
}>

/** What a report finds in its environment: none of ours, which holds the key. */
const environment: Readonly<Record<string, string>> = { LANG: "C.UTF-8", PATH: "/usr/bin:/bin" }

/**
 * The process exactly as it would be started.
 *
 * @throws OfficeError for a program that is not allowed, or an operand that could be taken for an option
 */
export function commandOf(input: ReportInput, programs: readonly string[], cwd: string): CommandContent {
  const program = programs.find((path) => basename(path) === input.program)
  if (program === undefined) {
    const names = programs.map((path) => basename(path)).join(", ") || "none"
    throw new OfficeError(`${JSON.stringify(input.program)} is not allowed. These are: ${names}.`)
  }
  const option = input.operands.find((operand) => operand.startsWith("-"))
  if (option !== undefined) throw new OfficeError(`${JSON.stringify(option)} is an option, not an operand.`)

  return {
    argv: [program, "--", ...input.operands],
    cwd,
    env: Object.entries(environment).map(([name, value]) => ({ name, digest: sha256Hex(value) })),
    stdinDigest: null,
    image: null,
  }
}

/** Whether programs can be started without a network here: tried, not assumed. */
export async function canConfine([wrapper, ...args]: readonly string[]): Promise<boolean> {
  if (wrapper === undefined) return false
  const options = { env: environment as NodeJS.ProcessEnv, timeout: 5_000 }
  return await promisify(execFile)(wrapper, [...args, "/bin/true"], options).then(
    () => true,
    () => false,
  )
}

/**
 * Starts it behind the sandbox, without a shell, and waits for its end.
 *
 * @throws OfficeError when it did not start; what the signal aborts with, when it was stopped by that
 */
export async function run(
  { argv, cwd }: CommandContent,
  { sandbox, signal }: Confined,
  limits: Limits = ordinary,
): Promise<Ran> {
  const [program = "", ...args] = [...sandbox, ...argv]
  // A group of its own, so that what it started ends with it.
  const child = spawn(program, args, {
    cwd,
    env: environment as NodeJS.ProcessEnv,
    shell: false,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  })
  const chunks: Buffer[] = []
  let bytes = 0
  let stopped: string | undefined
  const stop = (why: string) => {
    stopped ??= why
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
    } catch {
      // It ended by itself at this moment.
    }
  }
  const take = (chunk: Buffer) => {
    chunks.push(chunk.subarray(0, Math.max(0, limits.outputBytesMax - bytes)))
    bytes += chunk.byteLength
    if (bytes > limits.outputBytesMax) stop("stopped: it printed too much")
  }
  child.stdout.on("data", take)
  child.stderr.on("data", take)
  const timer = setTimeout(() => {
    stop("stopped: it took too long")
  }, limits.milliseconds)
  const abort = () => {
    stop("stopped: its time is over")
  }
  signal.addEventListener("abort", abort, { once: true })

  const ended = await new Promise<string>((resolve, reject) => {
    child.once("error", () => {
      reject(new OfficeError(`${program} could not be started.`))
    })
    child.once("close", (code, signal) => {
      resolve(stopped ?? String(code ?? signal))
    })
  }).finally(() => {
    clearTimeout(timer)
    signal.removeEventListener("abort", abort)
  })
  signal.throwIfAborted()
  return { ended, output: Buffer.concat(chunks).toString("utf8") }
}

type Confined = Readonly<{ sandbox: readonly string[]; signal: AbortSignal }>

type Limits = Readonly<{ milliseconds: number; outputBytesMax: number }>

const ordinary: Limits = { milliseconds: 30_000, outputBytesMax: 64 * 1024 }
