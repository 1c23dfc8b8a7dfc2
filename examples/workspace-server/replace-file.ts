import { randomBytes } from "node:crypto"
import { open, rename, rm } from "node:fs/promises"
import { contentBytes, type FileContent } from "@deltaseal/guard"
import { entryIn, type Directory } from "./directory.ts"
import { readFileIn } from "./read-file.ts"
import { WorkspaceError } from "./workspace-error.ts"

/** Names of half-written files: never listed, never left behind unless the process is killed. */
export const draftPrefix = ".deltaseal-draft-"

/**
 * Puts `after` at a name in a held folder, in one step and durably, if `before`
 * is what is there when the bytes are already on the disk.
 */
export async function replaceFile(
  parent: Directory,
  name: string,
  change: Readonly<{ before: FileContent | null; after: FileContent }>,
): Promise<void> {
  const draft = entryIn(parent, `${draftPrefix}${randomBytes(8).toString("hex")}`)
  try {
    await writeDraft(draft, change.after)
    if (!isSame(await readFileIn(parent, name), change.before)) {
      throw new WorkspaceError(`${name} changed at the last moment and was left as it is.`)
    }
    await rename(draft, entryIn(parent, name))
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  // Without this the rename itself may be lost with the power.
  await parent.handle.sync()
}

async function writeDraft(draft: string, content: FileContent): Promise<void> {
  const handle = await open(draft, "wx", 0o600)
  try {
    await handle.writeFile(contentBytes(content))
    await handle.chmod(content.mode === "100755" ? 0o755 : 0o644)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Whether two contents are the same file, mode included. */
export function isSame(found: FileContent | null, expected: FileContent | null): boolean {
  if (found === null || expected === null) return found === expected
  const isSameMode = (found.mode ?? "100644") === (expected.mode ?? "100644")
  return isSameMode && Buffer.compare(contentBytes(found), contentBytes(expected)) === 0
}
