import { link, rm } from "node:fs/promises"
import type { FileContent } from "@deltaseal/guard"
import { codeOf, entryIn, type Directory } from "./directory.ts"
import { readFileIn } from "./read-file.ts"
import { isSame } from "./replace-file.ts"
import { WorkspaceError } from "./workspace-error.ts"

export type Move = Readonly<{
  source: Directory
  name: string
  destination: Directory
  newName: string
  before: FileContent
}>

/**
 * Moves a file between two held folders, if it is still `before`. A rename would replace what
 * came to the destination at the last moment; a second link fails there, and then the first one goes.
 */
export async function moveFile({ source, name, destination, newName, before }: Move): Promise<void> {
  if (!isSame(await readFileIn(source, name), before)) throw changed(name)

  const place = entryIn(destination, newName)
  await link(entryIn(source, name), place).catch((error: unknown) => {
    if (codeOf(error) === "EEXIST") throw new WorkspaceError(`Something is at ${newName} already.`)
    throw error
  })
  await rm(entryIn(source, name))
  // Without this the move itself may be lost with the power.
  await destination.handle.sync()
  await source.handle.sync()
  // Looked at where nobody else can exchange it for another: it has one link again only now.
  if (!isSame(await readFileIn(destination, newName), before)) throw changed(newName)
}

function changed(name: string): WorkspaceError {
  return new WorkspaceError(`${name} changed at the last moment.`)
}
