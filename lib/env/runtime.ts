import type pg from "pg"
import type { Logger } from "pino"
import type { Config } from "./config"
import type { Watch } from "@/lib/db/watch/watch"
import type { Secrets } from "./secrets"

/**
 * What the whole process shares. Next bundles its own copy of our modules, so a
 * module-level variable would exist twice; this one lives on `globalThis`.
 */
export type Runtime = Readonly<{
  config: Config
  secrets: Secrets
  logger: Logger
  /** The role that serves requests. */
  pool: pg.Pool
  /** The same role past any pooler, for LISTEN. */
  directUrl: string
  /** Whether `pool` leads through a pooler: no statement may then be prepared by name, and no session has a state. */
  isPooled: boolean
  /** Whether the database is still the one that was served last, and its time. */
  watch: Watch
  /** Aborts when the process begins to stop: whoever waits for something else ends promptly. */
  stopping: AbortSignal
}>

const key = Symbol.for("deltaseal.runtime")
const holder = globalThis as typeof globalThis & { [key]?: Runtime }

export function runtime(): Runtime {
  const current = holder[key]
  if (!current)
    throw new Error("The runtime is not set: whoever starts the process sets it before anything is served.")

  return current
}

/**
 * The time by which everything is decided, in milliseconds since 1970: the
 * database's. Clocks of nodes may disagree.
 */
export function databaseTime(): number {
  return runtime().watch.now()
}

export function hasRuntime(): boolean {
  return holder[key] !== undefined
}

export function setRuntime(next: Runtime): void {
  holder[key] = next
}

/** What belongs to the runtime it was made with: made when it is first asked for, and anew under another runtime. */
export function perRuntime<T extends object>(make: (current: Runtime) => T): () => T {
  const made = new WeakMap<Runtime, T>()

  return () => {
    const current = runtime()
    const known = made.get(current) ?? make(current)
    made.set(current, known)
    return known
  }
}
