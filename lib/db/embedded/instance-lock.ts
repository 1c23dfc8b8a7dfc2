import { execFile } from "node:child_process"
import { readFile, rm, writeFile } from "node:fs/promises"
import { promisify } from "node:util"
import { StartupError } from "@/lib/errors/startup-error"
import { isRunning, processStat } from "./postmaster"

const run = promisify(execFile)

/**
 * Lets one process at a time use a database directory. The holder is named by
 * process id and birth time, so that a killed holder never locks us out and a
 * reused id never looks like one.
 *
 * @throws StartupError when another process holds it
 */
export async function lockInstance(file: string): Promise<{ release(): Promise<void> }> {
  const holder = await readHolder(file)
  if (holder && holder.pid !== process.pid && (await isAlive(holder))) {
    throw new StartupError(
      `Deltaseal is already running on this data directory (process ${holder.pid}); stop it first, or set DELTASEAL_DATA_DIR to another directory.`,
    )
  }

  await rm(file, { force: true })
  await claim(file)
  return { release: () => rm(file, { force: true }) }
}

type Holder = Readonly<{ pid: number; born: string }>

async function claim(file: string): Promise<void> {
  const me: Holder = { pid: process.pid, born: await birthOf(process.pid) }
  await writeFile(file, JSON.stringify(me), { flag: "wx", mode: 0o600 }).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause
    throw new StartupError("Another start of Deltaseal on this data directory was faster.", { cause })
  })
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Holder
  } catch {
    return undefined
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  return isRunning(holder.pid) && (await birthOf(holder.pid)) === holder.born
}

async function birthOf(pid: number): Promise<string> {
  if (process.platform === "linux") return processStat(pid)?.born ?? ""

  const { stdout } = await run("ps", ["-o", "lstart=", "-p", String(pid)]).catch(() => ({ stdout: "" }))
  return stdout.trim()
}
