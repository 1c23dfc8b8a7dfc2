import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { readMigrations, toMigrationList } from "./migrations"
import { withSchemaEngine } from "./schema-engine"

/**
 * The SQL that leads from what the migrations make to what the Prisma schema
 * says; empty when they agree. Policies, functions and checks are not in the
 * schema and are not compared.
 *
 * @param superuserUrl a role that may create the shadow database this is tried in
 */
export async function schemaDrift(superuserUrl: string, prismaDir: string): Promise<string> {
  const folder = path.join(prismaDir, "migrations")
  const migrations = await toMigrationList(folder, await readMigrations(folder))
  const files = await readSchema(path.join(prismaDir, "schema"))
  const filters = { externalTables: [], externalEnums: [] }

  const { stdout } = await withSchemaEngine(superuserUrl, (engine) =>
    engine.diff({
      from: { tag: "migrations", ...migrations },
      to: { tag: "schemaDatamodel", files },
      script: true,
      exitCode: null,
      filters,
    }),
  )
  return (stdout ?? "").trim()
}

async function readSchema(folder: string): Promise<{ path: string; content: string }[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".prisma")).sort()
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name)
      return { path: file, content: await readFile(file, "utf8") }
    }),
  )
}
