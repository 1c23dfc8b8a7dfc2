import { fileContent, type FileContent } from "@deltaseal/guard"
import { openFileIn, type Directory } from "./directory.ts"
import { WorkspaceError } from "./workspace-error.ts"

/** Reads a plain file in a held folder, as it is at this moment; null when nothing is there. */
export async function readFileIn(parent: Directory, name: string): Promise<FileContent | null> {
  const handle = await openFileIn(parent, name)
  if (handle === null) return null

  try {
    const { mode, size } = await handle.stat()
    if (size > bytesMax) throw new WorkspaceError(`${name} is larger than 2 MiB.`)
    return fileContent(await handle.readFile(), (mode & 0o111) === 0 ? "100644" : "100755")
  } finally {
    await handle.close()
  }
}

const bytesMax = 2 * 1024 * 1024
