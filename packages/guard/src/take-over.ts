import { link, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { isRunning, thisProcess, type ProcessIdentity } from "./process-identity.ts"

/**
 * Makes a file this process's own that its owner, a process that is gone, left behind; false for all
 * but one of several that try at once.
 *
 * Whoever is first to make a claim named after the owner has it. Where they go as well, the next claim
 * is named after them: no claim is ever taken away from somebody who may still rest on it.
 *
 * @param settle writes the new owner into the file, unless it has another one by now
 */
export async function takeOver(
  file: string,
  owner: ProcessIdentity,
  settle: () => Promise<boolean>,
): Promise<boolean> {
  const claim = await claimAfter(file, owner)
  if (claim === null) return false

  const isSettled = await settle().catch(() => false)
  // Once the file names this process, no claim to it means anything any more.
  for (const spent of isSettled ? await claimsTo(file) : [claim]) await rm(spent, { force: true })
  return isSettled
}

async function claimAfter(file: string, owner: ProcessIdentity): Promise<string | null> {
  const tried = new Set<string>()
  let gone: ProcessIdentity | null = owner
  while (gone !== null) {
    const claim = `${file}.${gone.pid}-${gone.startedAt ?? "0"}.claim`
    // Where nothing tells when a process started, its id may come round again.
    if (tried.has(claim)) return null
    if (await isMade(claim)) return claim
    tried.add(claim)
    gone = await goneHolderOf(claim)
  }
  return null
}

/** Linked from a draft, so that a claim is never there without its holder. */
async function isMade(claim: string): Promise<boolean> {
  const draft = `${claim}.${process.pid}.draft`
  try {
    await writeFile(draft, JSON.stringify(thisProcess), { mode: 0o600 })
    await link(draft, claim)
    return true
  } catch {
    return false
  } finally {
    await rm(draft, { force: true })
  }
}

/** Who held a claim and is gone; null where they still run, or gave it up. */
async function goneHolderOf(claim: string): Promise<ProcessIdentity | null> {
  const holder = await readFile(claim, "utf8").then(
    (text) => JSON.parse(text) as ProcessIdentity,
    () => null,
  )
  return holder === null || isRunning(holder) ? null : holder
}

async function claimsTo(file: string): Promise<string[]> {
  const names = await readdir(dirname(file)).catch(() => [])
  const ours = names.filter((name) => name.startsWith(`${basename(file)}.`) && name.endsWith(".claim"))
  return ours.map((name) => join(dirname(file), name))
}
