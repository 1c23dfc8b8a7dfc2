import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { withSchemaEngine } from "@/lib/db/schema-engine"

/** The SQL that makes, in an empty database, what the Prisma schema describes. */
export async function schemaSql(anyUrl: string): Promise<string> {
  const folder = path.resolve("prisma/schema")
  const names = (await readdir(folder)).filter((name) => name.endsWith(".prisma"))
  const files = await Promise.all(
    names.map(async (name) => ({ path: name, content: await readFile(path.join(folder, name), "utf8") })),
  )

  const { stdout } = await withSchemaEngine(anyUrl, (engine) =>
    engine.diff({
      from: { tag: "empty" },
      to: { tag: "schemaDatamodel", files },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    }),
  )
  return stdout ?? ""
}
