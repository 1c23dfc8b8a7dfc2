import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { canonicalize, isPlainObject, type JsonValue } from "./canonical.ts"
import type { Outcome } from "./client.ts"
import type { State } from "./content.ts"
import { GuardError } from "./guard-error.ts"
import { isRunning, thisProcess, type ProcessIdentity } from "./process-identity.ts"
import type { Proposal } from "./proposal.ts"
import { parseStrictJson } from "./strict-json.ts"
import { takeOver } from "./take-over.ts"

/** The mark that a decision is being spent: enough to finish what a killed process began. */
export type JournalEntry = Readonly<{
  v: 1
  /** Whose journal it is: several guards may share a directory. */
  origin: string
  owner: ProcessIdentity
  proposal: Proposal
  /** What was sent to consume, to be sent again word for word; null for an allowed call. */
  consume: Readonly<{ approvalId: string; nonce: string; observed: readonly State[] }> | null
  executionId: string | null
  /** What happened, once it is known and until the server has heard it. */
  outcome: Outcome | null
}>

/** A directory with one file per decision being spent. */
export type Journal = Readonly<{
  /** Writes an entry so that it survives a power cut. Only then may its change be applied. */
  write: (entry: JournalEntry) => Promise<void>
  remove: (entry: JournalEntry) => Promise<void>
  /** Lets go of an entry that this process could not finish, so that recovery may take it. */
  release: (entry: JournalEntry) => void
  /** Entries that nobody is working on any more; each is held for the caller. */
  takeAbandoned: (isWanted: (entry: JournalEntry) => boolean) => Promise<JournalEntry[]>
  /** Makes such an entry this process's own; false where another process was faster. */
  takeOver: (entry: JournalEntry) => Promise<boolean>
}>

export function openJournal(directory: string): Journal {
  const fileOf = (entry: JournalEntry) => join(directory, `${nameOf(entry)}.json`)

  return {
    write: async (entry) => {
      held.add(fileOf(entry))
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 })
        await writeDurably(directory, fileOf(entry), canonicalize(entry as unknown as JsonValue))
      } catch {
        throw new GuardError("journal_failed", `The journal in ${directory} cannot be written.`)
      }
    },
    remove: async (entry) => {
      await rm(fileOf(entry), { force: true })
      held.delete(fileOf(entry))
    },
    release: (entry) => {
      held.delete(fileOf(entry))
    },
    takeAbandoned: async (isWanted) => {
      const entries = await readEntries(directory)
      return entries.filter((entry) => {
        const file = fileOf(entry)
        if (held.has(file) || isOwnedElsewhere(entry.owner) || !isWanted(entry)) return false
        held.add(file)
        return true
      })
    },
    takeOver: async (entry) => {
      if (isSameProcess(entry.owner, thisProcess)) return true
      const file = fileOf(entry)
      return await takeOver(file, entry.owner, async () => {
        const now = await readFile(file).then(readEntry, () => undefined)
        if (now === undefined || !isSameProcess(now.owner, entry.owner)) return false
        const owned = { ...now, owner: thisProcess }
        await writeDurably(directory, file, canonicalize(owned as unknown as JsonValue))
        return true
      })
    },
  }
}

/** Files that this process is working on; shared by all guards in it, which may share a directory. */
const held = new Set<string>()

function nameOf(entry: JournalEntry): string {
  return entry.consume?.approvalId ?? entry.executionId ?? "unnamed"
}

async function writeDurably(directory: string, file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.draft`
  try {
    await rm(draft, { force: true })
    await writeSynced(draft, text)
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }

  // Without this the rename itself may be lost with the power. Windows has no such thing.
  if (process.platform === "win32") return
  const parent = await open(directory)
  await parent.sync().finally(() => parent.close())
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx", 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function readEntries(directory: string): Promise<JournalEntry[]> {
  const names = await readdir(directory).catch(() => [])
  const entries: JournalEntry[] = []
  await removeDrafts(directory, names)
  for (const name of names) {
    // What this process is working on is not looked at: a call must not pay for its neighbours.
    if (!name.endsWith(".json") || held.has(join(directory, name))) continue
    const entry = await readFile(join(directory, name)).then(readEntry, () => undefined)
    if (entry !== undefined && `${nameOf(entry)}.json` === name) entries.push(entry)
  }
  return entries
}

/** A process killed while it wrote leaves a draft that nobody will finish. */
async function removeDrafts(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const pid = /\.(\d+)\.draft$/.exec(name)?.[1]
    if (pid === undefined || isRunning({ pid: Number(pid), startedAt: null })) continue
    await rm(join(directory, name), { force: true })
  }
}

/** Only the outline is checked here: recovery hashes the parts again and compares. */
function readEntry(bytes: Uint8Array): JournalEntry | undefined {
  const entry = parseStrictJson(bytes)
  if (!isPlainObject(entry)) return undefined
  const { v, owner, proposal, consume } = entry
  const isOurs = v === 1 && isPlainObject(owner) && isPlainObject(proposal) && isPlainObject(proposal.tool)
  return isOurs && (consume === null || isPlainObject(consume))
    ? (entry as unknown as JournalEntry)
    : undefined
}

function isOwnedElsewhere(owner: ProcessIdentity): boolean {
  return !isSameProcess(owner, thisProcess) && isRunning(owner)
}

function isSameProcess(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.pid === other.pid && one.startedAt === other.startedAt
}
