import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { readFile, readlink, realpath, rm } from "node:fs/promises"
import path from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { promisify } from "node:util"

export type Postmaster = Readonly<{ pid: number; port: number; ready: boolean }>

const run = promisify(execFile)

/** What the server says about itself in its own lock file, `postmaster.pid`. */
export async function readPostmaster(clusterDir: string): Promise<Postmaster | undefined> {
  const text = await readFile(path.join(clusterDir, "postmaster.pid"), "utf8").catch(() => "")
  const lines = text.split("\n")
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return undefined

  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === "ready" }
}

/**
 * Stops a server that outlived the process that started it.
 *
 * Only called while we hold the instance lock, so whoever runs here is nobody's.
 * A stale file that names some other program's process would block the next
 * start, and is removed.
 */
export async function stopOrphan(clusterDir: string): Promise<boolean> {
  const found = await readPostmaster(clusterDir)
  if (!found) return false

  if (!(await isServerOf(clusterDir, found.pid))) {
    await rm(path.join(clusterDir, "postmaster.pid"), { force: true })
    return false
  }

  await stopServer(found.pid)
  return true
}

/** Asks politely (fast shutdown), then firmly, and returns when the process is gone. */
export async function stopServer(pid: number): Promise<void> {
  const steps = [
    ["SIGINT", 6_000],
    ["SIGQUIT", 2_000],
    ["SIGKILL", 2_000],
  ] as const

  for (const [signal, patience] of steps) {
    if (!isRunning(pid)) return
    process.kill(pid, signal)
    const deadline = Date.now() + patience
    while (isRunning(pid) && Date.now() < deadline) await pause(10)
  }
}

/** A killed process whose parent has not asked for its exit code still has its id, but runs no more. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false
  }
  return processStat(pid)?.state !== "Z"
}

/** The kernel's word on a process, on Linux: its state and the moment of its birth. */
export function processStat(pid: number): Readonly<{ state: string; born: string }> | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The program's name may hold spaces and parentheses; counting begins after it.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    return { state: fields[0] ?? "", born: fields[19] ?? "" }
  } catch {
    return undefined
  }
}

/** Process ids are reused, so the process must also look like the server of this directory. */
async function isServerOf(clusterDir: string, pid: number): Promise<boolean> {
  if (!isRunning(pid)) return false

  const directory = await realpath(clusterDir)
  if (process.platform === "linux") return (await readlink(`/proc/${pid}/cwd`).catch(() => "")) === directory

  const { stdout } = await run("ps", ["-o", "command=", "-p", String(pid)]).catch(() => ({ stdout: "" }))
  return stdout.includes(clusterDir) || stdout.includes(directory)
}
