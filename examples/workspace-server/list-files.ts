import { readdir } from "node:fs/promises"
import { assertPath } from "@deltaseal/guard/change"
import { entryIn, openIn, type Directory } from "./directory.ts"
import { draftPrefix } from "./replace-file.ts"

export type Listing = Readonly<{
  paths: readonly string[]
  /** Links, devices and names that no path can say: there, but nothing these tools can reach. */
  unreachable: number
  /** Whether there is more than is listed. */
  isCut: boolean
}>

type Collected = { paths: string[]; unreachable: number; isCut: boolean }

/** Every plain file under a held folder, sorted, with paths from the workspace's root. */
export async function listUnder(directory: Directory, prefix = ""): Promise<Listing> {
  const found: Collected = { paths: [], unreachable: 0, isCut: false }
  await collect(directory, prefix, found)
  return { ...found, paths: found.paths.toSorted() }
}

async function collect(directory: Directory, prefix: string, found: Collected): Promise<void> {
  for (const entry of await readdir(entryIn(directory, "."), { withFileTypes: true })) {
    if (found.paths.length >= filesMax) {
      found.isCut = true
      return
    }
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`
    if (entry.name.startsWith(draftPrefix)) continue
    if (!isSayable(path) || !(entry.isFile() || entry.isDirectory())) found.unreachable++
    else if (entry.isFile()) found.paths.push(path)
    else await collectIn(directory, entry.name, path, found)
  }
}

async function collectIn(parent: Directory, name: string, path: string, found: Collected): Promise<void> {
  const directory = await openIn(parent, name)
  // Gone since it was listed.
  if (directory === null) return

  try {
    await collect(directory, path, found)
  } finally {
    await directory.handle.close()
  }
}

function isSayable(path: string): boolean {
  try {
    assertPath(path)
    return true
  } catch {
    return false
  }
}

const filesMax = 1000
