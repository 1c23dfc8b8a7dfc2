import { afterAll, beforeAll, expect, test } from "vitest"
import { freshDatabase, type FreshDatabase } from "@/tests/support/database"
import { withClient } from "@/tests/support/postgres"
import { schemaSql } from "@/tests/support/schema-sql"

/** What the Prisma schema can describe. Policies, functions, grants and checks are only in the migrations. */
const aspects = {
  columns: `
    SELECT format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attnotnull THEN ' NOT NULL' END,
      ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)) AS line
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> '_prisma_migrations'
      AND a.attnum > 0 AND NOT a.attisdropped`,
  keys: `
    SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) AS line
    FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'f')
      AND conrelid <> coalesce(to_regclass('_prisma_migrations'), 0)`,
  indexes: `
    SELECT regexp_replace(indexdef, 'INDEX \\S+ ON', 'INDEX ON') AS line
    FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' AND indexdef NOT LIKE '% WHERE %'`,
}

let migrated: FreshDatabase
let described: FreshDatabase

beforeAll(async () => {
  migrated = await freshDatabase()
  described = await freshDatabase()
  const sql = await schemaSql(described.ownerUrl)
  await withClient(described.ownerUrl, (client) =>
    client.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${sql}`),
  )
})

afterAll(() => Promise.all([migrated.close(), described.close()]))

test.each(Object.entries(aspects))("migrations and Prisma schema agree on %s", async (_, query) => {
  const [inMigrations, inSchema] = await Promise.all(
    [migrated, described].map(({ ownerUrl }) => lines(ownerUrl, query)),
  )

  expect(inSchema).not.toHaveLength(0)
  expect(inMigrations).toEqual(inSchema)
})

function lines(url: string, query: string): Promise<string[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ line: string }>(`${query} ORDER BY 1`)
    return rows.map((row) => row.line)
  })
}
