import { constants, type Stats } from "node:fs"
import { open, type FileHandle } from "node:fs/promises"
import { join } from "node:path"
import { WorkspaceError } from "./workspace-error.ts"

/** An open folder. While it is held, a name in it means the same folder's entry whatever is renamed above it. */
export type Directory = Readonly<{ handle: FileHandle; path: string }>

/**
 * The address of a name inside a held folder. Through /proc it is resolved from
 * the open folder itself; `realpath` and then open would lose races (SPEC 8).
 */
export function entryIn(directory: Directory, name: string): string {
  return hasRaceFreePaths ? `/proc/self/fd/${directory.handle.fd}/${name}` : join(directory.path, name)
}

/** Elsewhere, a folder of the path can be exchanged between two looks at it. */
export const hasRaceFreePaths: boolean = process.platform === "linux"

export async function openRoot(path: string): Promise<Directory> {
  try {
    return { handle: await open(path, constants.O_RDONLY | constants.O_DIRECTORY), path }
  } catch {
    throw new WorkspaceError(`The workspace folder ${path} is not there or cannot be opened.`)
  }
}

/** Opens a folder in a held folder; null when there is none. A link is never followed. */
export async function openIn(parent: Directory, name: string): Promise<Directory | null> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
  try {
    return { handle: await open(entryIn(parent, name), flags), path: join(parent.path, name) }
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null
    if (codeOf(error) === "ENOTDIR" || codeOf(error) === "ELOOP") {
      throw new WorkspaceError(`${name} is not a folder of the workspace; links are not followed.`)
    }
    throw error
  }
}

/** Opens a regular file in a held folder for reading; null when nothing is there. */
export async function openFileIn(parent: Directory, name: string): Promise<FileHandle | null> {
  // Without O_NONBLOCK a pipe put there would hang the server.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const handle = await open(entryIn(parent, name), flags).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return null
    throw new WorkspaceError(`${name} cannot be opened as a file; links are not followed.`)
  })
  if (handle === null) return null

  try {
    assertPlain(name, await handle.stat(), await parent.handle.stat())
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** A second link would be a second name outside the review; another device, a mount. */
function assertPlain(name: string, file: Stats, parent: Stats): void {
  const isPlain = file.isFile() && file.nlink === 1 && file.dev === parent.dev
  if (!isPlain) throw new WorkspaceError(`${name} is not a plain file of the workspace.`)
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined
}
