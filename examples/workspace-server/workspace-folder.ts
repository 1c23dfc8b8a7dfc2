import { mkdir } from "node:fs/promises"
import type { FileContent } from "@deltaseal/guard"
import { assertPath } from "@deltaseal/guard/change"
import { codeOf, entryIn, hasRaceFreePaths, openIn, openRoot, type Directory } from "./directory.ts"
import { listUnder, type Listing } from "./list-files.ts"
import { moveFile } from "./move-file.ts"
import { readFileIn } from "./read-file.ts"
import { replaceFile } from "./replace-file.ts"
import { WorkspaceError } from "./workspace-error.ts"

/** A folder whose files can be read and replaced, and from which no path leads out. */
export type WorkspaceFolder = Readonly<{
  /** What is at a path; null when nothing is. */
  read: (path: string) => Promise<FileContent | null>
  /** Puts `after` where `before` still is; missing folders are made. Readers see one or the other, never a mix. */
  write: (path: string, change: Readonly<{ before: FileContent | null; after: FileContent }>) => Promise<void>
  /** Moves a file that still is `before` to a path where nothing is; missing folders are made. */
  move: (from: string, to: string, before: FileContent) => Promise<void>
  list: (directory?: string) => Promise<Listing>
  close: () => Promise<void>
}>

/** @throws WorkspaceError when it cannot be served safely and nobody said that it may be unsafe */
export async function openWorkspace(
  path: string,
  options: Readonly<{ mayRace?: boolean }> = {},
): Promise<WorkspaceFolder> {
  if (!hasRaceFreePaths && options.mayRace !== true) {
    throw new WorkspaceError(
      "Paths can only be walked without races on Linux. Set DELTASEAL_ALLOW_PATH_RACES=1 where nobody else writes in the workspace.",
    )
  }
  const root = await openRoot(path)

  return {
    read: async (file) => await inParent(root, file, "leave", readFileIn),
    write: async (file, change) => {
      await inParent(root, file, "make", async (parent, name) => {
        await replaceFile(parent, name, change)
      })
    },
    move: async (from, to, before) => {
      await inParent(root, from, "leave", async (source, name) => {
        await inParent(root, to, "make", async (destination, newName) => {
          await moveFile({ source, name, destination, newName, before })
        })
      })
    },
    list: async (directory) => {
      const { parent, opened } = await walk(
        root,
        directory === undefined ? [] : componentsOf(directory),
        "leave",
      )
      try {
        if (parent === null)
          throw new WorkspaceError(`There is no folder ${directory ?? ""} in the workspace.`)
        return await listUnder(parent, directory)
      } finally {
        await closeAll(opened)
      }
    },
    close: async () => {
      await root.handle.close()
    },
  }
}

type Missing = "leave" | "make"

/** Does something to the last component of a path with its folder held open; null when the folder is missing. */
async function inParent<Value>(
  root: Directory,
  path: string,
  missing: Missing,
  act: (parent: Directory, name: string) => Promise<Value>,
): Promise<Value | null> {
  const components = componentsOf(path)
  const name = components.pop() ?? ""
  const { parent, opened } = await walk(root, components, missing)
  try {
    return parent === null ? null : await act(parent, name)
  } finally {
    await closeAll(opened)
  }
}

/** From the root down, one component at a time, each opened in the one before. */
async function walk(root: Directory, components: readonly string[], missing: Missing) {
  const opened: Directory[] = []
  let parent: Directory | null = root
  try {
    for (const component of components) {
      const next = await enter(parent, component, missing)
      if (next === null) return { parent: null, opened }
      opened.push(next)
      parent = next
    }
    return { parent, opened }
  } catch (error) {
    await closeAll(opened)
    throw error
  }
}

async function enter(parent: Directory, name: string, missing: Missing): Promise<Directory | null> {
  const found = await openIn(parent, name)
  if (found !== null || missing === "leave") return found

  await mkdir(entryIn(parent, name), 0o755).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error
  })
  return await openIn(parent, name)
}

async function closeAll(opened: readonly Directory[]): Promise<void> {
  await Promise.all(opened.map(async ({ handle }) => await handle.close()))
}

/** @throws ChangeError `invalid_path` for everything that SPEC 2.4 refuses, `..` among it */
function componentsOf(path: string): string[] {
  assertPath(path)
  return path.split("/")
}
