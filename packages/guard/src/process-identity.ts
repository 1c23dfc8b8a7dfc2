import { readFileSync } from "node:fs"

/** A process id alone is handed out again; with the time it started it is not. */
export type ProcessIdentity = Readonly<{ pid: number; startedAt: string | null }>

export const thisProcess: ProcessIdentity = { pid: process.pid, startedAt: startOf(process.pid) }

export function isRunning(identity: ProcessIdentity): boolean {
  if (!exists(identity.pid)) return false
  return identity.startedAt === null || identity.startedAt === startOf(identity.pid)
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Not ours to signal, but there.
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

/** Clock ticks from boot to the start of a process (proc(5), field 22); null where there is no /proc. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The command name in parentheses may hold spaces and parentheses itself.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null
  } catch {
    return null
  }
}
