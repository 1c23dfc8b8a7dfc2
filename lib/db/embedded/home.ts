import { createHash } from "node:crypto"
import { chmod, lstat, mkdir, readlink, realpath, rename, stat, symlink, unlink } from "node:fs/promises"
import path from "node:path"
import { StartupError } from "@/lib/errors/startup-error"
import type { Account } from "./account"
import { lockInstance } from "./instance-lock"
import { stopOrphan } from "./postmaster"

/** Where root keeps what the database account must reach: root's own directories are often closed to it. */
export const sharedDir = "/var/lib/deltaseal"

/**
 * Makes `<dataDir>/postgres`, the private place of the database.
 *
 * For an ordinary user that is a plain directory. For root it is a link into
 * `/var/lib/deltaseal`; the link is the truth, so a data directory can be moved.
 *
 * @returns the real directory
 */
export async function databaseHome(dataDir: string, account: Account | undefined): Promise<string> {
  const home = path.join(dataDir, "postgres")
  const found = await lstat(home).catch(() => undefined)
  if (found?.isDirectory()) return realpath(home)
  if (found && (await isDirectory(home))) return realpath(home)

  if (!account) {
    await mkdir(home, { mode: 0o700 })
    return realpath(home)
  }

  return makeShared(home, found !== undefined)
}

async function makeShared(link: string, dangling: boolean): Promise<string> {
  await makeOwnDirectory(sharedDir)
  const directory = dangling ? await readlink(link) : path.join(sharedDir, shortHash(link))
  if (!dangling && (await isDirectory(directory))) await setAside(directory)

  await makeOwnDirectory(directory)
  if (dangling) await unlink(link)
  await symlink(directory, link)
  return directory
}

/** The link is gone, so this database belonged to a data directory that was deleted. It is kept, out of the way. */
async function setAside(directory: string): Promise<void> {
  await lockInstance(path.join(directory, "instance.json"))
  await stopOrphan(path.join(directory, "data"))
  await rename(directory, `${directory}.${new Date().toISOString().replaceAll(/[:.]/g, "-")}`)
}

/** Others may pass through but not list or plant anything. */
async function makeOwnDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  const { uid } = await lstat(directory)
  if (uid !== process.getuid?.()) {
    throw new StartupError(`${directory} belongs to someone else; remove it and start again.`)
  }
  await chmod(directory, 0o711)
}

async function isDirectory(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16)
}
