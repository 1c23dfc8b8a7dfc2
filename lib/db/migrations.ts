import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import type { MigrationList } from "@prisma/schema-engine-wasm"

export type Migration = Readonly<{ name: string; sql: string; checksum: string }>

export type AppliedMigration = Readonly<{ name: string; checksum: string; finished: boolean }>

/** The migrations of a folder, oldest first; the checksum is the one Prisma writes down. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)

  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(folder, name, "migration.sql"), "utf8")
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") }
    }),
  )
}

/** The folder in the schema engine's words. */
export async function toMigrationList(
  folder: string,
  migrations: readonly Migration[],
): Promise<MigrationList> {
  return {
    baseDir: folder,
    lockfile: {
      path: "migration_lock.toml",
      content: await readFile(path.join(folder, "migration_lock.toml"), "utf8"),
    },
    shadowDbInitScript: "",
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok", value: sql } },
    })),
  }
}

/**
 * Says why these migrations must not be applied to this database, in one
 * sentence, or nothing when they may.
 */
export function objectionTo(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): string | undefined {
  const known = new Map(migrations.map((migration) => [migration.name, migration]))

  if (applied.length > 0 && !applied.some((row) => known.has(row.name))) {
    return `The database holds the tables of something else that uses Prisma (${applied[0]?.name ?? ""}); create an empty database for Deltaseal.`
  }

  const failed = applied.find((row) => !row.finished)
  if (failed) {
    return `Migration ${failed.name} began on this database and did not finish; look at the table _prisma_migrations and resolve it first.`
  }

  const unknown = applied.find((row) => !known.has(row.name))
  if (unknown) {
    return `The database is newer than this version of Deltaseal (it has migration ${unknown.name}); update Deltaseal, or use another database.`
  }

  const edited = applied.find((row) => known.get(row.name)?.checksum !== row.checksum)
  if (edited) {
    return `Migration ${edited.name} was edited after it had been applied to this database; restore its file.`
  }

  return undefined
}

export function pendingOf(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): readonly Migration[] {
  const done = new Set(applied.map((row) => row.name))
  return migrations.filter((migration) => !done.has(migration.name))
}
