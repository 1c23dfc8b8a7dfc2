import { readFile } from "node:fs/promises"
import { urlOf, withClient } from "./postgres"

/** A database that is not the server's own, as its roles see it. */
export type ExternalDatabase = Readonly<{
  name: string
  appUrl: string
  ownerUrl: string
  superuserUrl: string
}>

/** Any number that nobody else uses: two files that change the same roles at once would fail. */
const guideLock = 4_712_006_599

/**
 * Runs the guide's own SQL, with names and passwords of this test.
 *
 * @param template what the database is a copy of; the guide's is empty
 */
export async function databaseByTheGuide(
  superuserUrl: string,
  name: string,
  template = "template0",
): Promise<ExternalDatabase> {
  const guide = await readFile("docs/guides/operating.md", "utf8")
  const sql = /```sql\n([\s\S]*?)```/.exec(guide)?.[1] ?? ""
  const passwords = { owner: "owner-of-a-test", app: "app-of-a-test" }
  const statements = sql
    .replaceAll("DATABASE deltaseal", `DATABASE ${name}`)
    .replace("TEMPLATE template0", `TEMPLATE ${template}`)
    .replace("'owner-password'", `'${passwords.owner}'`)
    .replace("'app-password'", `'${passwords.app}'`)
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "")

  await withClient(superuserUrl, async (client) => {
    await client.query("SELECT pg_advisory_lock($1)", [guideLock])
    const { rows } = await client.query<{ rolname: string }>("SELECT rolname FROM pg_roles")
    const roles = new Set(rows.map(({ rolname }) => rolname))
    for (const statement of statements) {
      const role = /^CREATE ROLE (\w+)/.exec(statement)?.[1] ?? ""
      await client.query(roles.has(role) ? statement.replace("CREATE ROLE", "ALTER ROLE") : statement)
    }
  })
  const as = (role: string, password: string) => urlOf(superuserUrl, { role, password, database: name })
  return {
    name,
    appUrl: as("deltaseal_app", passwords.app),
    ownerUrl: as("deltaseal_owner", passwords.owner),
    superuserUrl: urlOf(superuserUrl, { database: name }),
  }
}
