import { execFile } from "node:child_process"
import { once } from "node:events"
import { mkdir, readdir } from "node:fs/promises"
import { createServer, type AddressInfo } from "node:net"
import path from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { ExternalDatabase } from "@/tests/support/external-database"
import { failToStart, settingsFor, startNode, testSecrets } from "@/tests/support/node"
import { urlOf, withClient } from "@/tests/support/postgres"
import { sharedPostgres, type SharedPostgres } from "@/tests/support/shared-postgres"
import { newDataDir, ownEnvironment, removeDataDir } from "@/tests/support/server"

const run = promisify(execFile)
let postgres: SharedPostgres

beforeAll(() => {
  postgres = sharedPostgres()
})

afterAll(() => postgres.close())

describe("one clear sentence, a non-zero exit, and nothing half done when", () => {
  test.each<
    [string, string, (db: ExternalDatabase) => Promise<Record<string, string>> | Record<string, string>]
  >([
    [
      "nothing answers at the database's address",
      "The database at 127.0.0.1:1/x cannot be used: nothing answers there; check DATABASE_URL.",
      (db) => ({ ...settingsFor(db), DATABASE_URL: "postgresql://a:b@127.0.0.1:1/x" }),
    ],
    [
      "there is no such database",
      "cannot be used: it has no such database; check DATABASE_URL.",
      (db) => ({ ...settingsFor(db), DATABASE_URL: urlOf(db.appUrl, { database: "nowhere" }) }),
    ],
    [
      "the password is wrong",
      "cannot be used: it refuses the password; check DATABASE_OWNER_URL.",
      (db) => ({
        ...settingsFor(db),
        DATABASE_OWNER_URL: urlOf(db.ownerUrl, { password: "no", database: db.name }),
      }),
    ],
    [
      "the role that serves is a superuser",
      "could bypass row-level security (it is a superuser",
      (db) => settingsFor({ ...db, appUrl: db.superuserUrl }),
    ],
    [
      "the role that serves is the owner",
      "could bypass row-level security (it owns the database",
      (db) => settingsFor({ ...db, appUrl: db.ownerUrl }),
    ],
    [
      "the role that serves can become the owner",
      "could bypass row-level security (it can act as deltaseal_owner",
      async (db) => settingsFor({ ...db, appUrl: await newRole(db, "climber", "IN ROLE deltaseal_owner") }),
    ],
    [
      "the role that serves has no part in the tables",
      "is not a member of deltaseal_app",
      async (db) => settingsFor({ ...db, appUrl: await newRole(db, "outsider", "") }),
    ],
    [
      "no owner is named for a database without tables",
      "and the role that serves may not make them; set DATABASE_OWNER_URL.",
      ({ appUrl }) => ({ PORT: "0", DATABASE_URL: appUrl, ...testSecrets }),
    ],
    [
      "the owner has no rights in the database",
      "may not create tables and schemas",
      async (db) => settingsFor({ ...db, ownerUrl: await newRole(db, "powerless", "") }),
    ],
    [
      "the two URLs lead to two databases",
      "lead to two databases",
      async (db) => settingsFor({ ...db, ownerUrl: (await postgres.newDatabase()).ownerUrl }),
    ],
  ])("%s", async (_, sentence, settings) => {
    const db = await postgres.newDatabase()
    const { code, stdout, stderr } = await failToStart(await settings(db))

    expect(stderr).toContain(sentence)
    expect(stderr.trim().split("\n")).toHaveLength(1)
    expect([code, humanWords(stdout)]).toEqual([1, ""])
    expect(await thingsIn(db)).toEqual([])
  })

  test("the database holds something else", async () => {
    const db = await postgres.newDatabase()
    await withClient(db.ownerUrl, (client) => client.query("CREATE TABLE invoices (id int)"))
    const { code, stderr } = await failToStart(settingsFor(db))

    expect(stderr).toContain(
      `${db.name} already holds something else (invoices), and Deltaseal does not mix in`,
    )
    expect([code, await thingsIn(db)]).toEqual([1, ["invoices"]])
  })

  test("the database is newer than the program", async () => {
    const db = await postgres.newDemo()
    await withClient(db.ownerUrl, (client) =>
      client.query(
        `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
         VALUES ('x', 'x', '99990101000000_later', now())`,
      ),
    )
    const { code, stderr } = await failToStart(settingsFor(db))

    expect(stderr).toContain("newer than this version of Deltaseal (it has migration 99990101000000_later)")
    expect(code).toBe(1)
  })

  test("the port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1")
    await once(other, "listening")
    const { port } = other.address() as AddressInfo
    const db = await postgres.newDatabase()
    const { code, stderr } = await failToStart({ ...settingsFor(db), PORT: String(port) })
    other.close()

    expect(stderr).toContain(`Port ${port} is in use; stop what uses it`)
    expect([code, await thingsIn(db)]).toEqual([1, []])
  })

  test("settings and secrets are wrong: all of them at once", async () => {
    const { code, stderr } = await failToStart({
      PORT: "much",
      HOST: "0.0.0.0",
      DATABASE_URL: "mysql://x",
      LOG_LEVEL: "loud",
    })

    expect(code).toBe(1)
    for (const name of ["PORT", "PUBLIC_URL", "DATABASE_URL", "LOG_LEVEL", ...Object.keys(testSecrets)]) {
      expect(stderr).toContain(`  ${name} `)
    }
  })

  test("Node is too old", async () => {
    const old = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"18.20.4"})'
    const failed = await run(process.execPath, ["--import", old, "scripts/start.mjs"]).catch(
      (error: unknown) => error,
    )

    expect(failed).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("needs Node.js 20.19 or newer; this is 18.20.4.") as string,
    })
  })

  test("the disk is full, and the next start with room succeeds", async (context) => {
    const dataDir = path.join(await newDataDir(), "small")
    await mkdir(dataDir)
    const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", dataDir]).catch(() => null)
    if (mounted === null) context.skip("Only root on Linux can make a small disk.")
    await run("dd", ["if=/dev/zero", `of=${dataDir}/ballast`, "bs=4k"]).catch(() => undefined)

    const { code, stderr } = await failToStart({ PORT: "0", DELTASEAL_DATA_DIR: dataDir })
    const left = (await readdir(dataDir, { recursive: true })).filter((name) => name.includes("secrets/"))
    await run("umount", [dataDir])
    await removeDataDir(path.dirname(dataDir))

    expect(stderr).toContain("The disk is full")
    expect([code, left]).toEqual([1, []])
  })
})

test("two nodes that meet an empty database at once both come up, and one setup is enough", async () => {
  const db = await postgres.newDatabase()
  const nodes = await Promise.all([startNode(settingsFor(db)), startNode(settingsFor(db))])
  const ready = await Promise.all(nodes.map(async ({ url }) => (await fetch(`${url}/readyz`)).status))
  const ends = await Promise.all(nodes.map((node) => node.stop()))

  expect([...ready, ...ends]).toEqual([200, 200, 0, 0])
})

test("a node without the owner's password serves a database that another has migrated", async () => {
  const db = await postgres.newDemo()
  const { DATABASE_OWNER_URL: _, ...settings } = settingsFor(db)
  const node = await startNode(settings)

  expect((await fetch(`${node.url}/readyz`)).status).toBe(200)
  expect(await node.stop()).toBe(0)
})

test("npm run secrets prints what a start takes, new each time", async () => {
  const print = async () => (await run(process.execPath, ["scripts/secrets.mjs"])).stdout
  const [text, other] = [await print(), await print()]
  const secrets = Object.fromEntries(
    text
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  )
  const db = await postgres.newDemo()
  const node = await startNode({ ...settingsFor(db), ...secrets })

  expect(text).not.toBe(other)
  expect(Object.keys(secrets)).toEqual(Object.keys(testSecrets))
  expect((await (await fetch(`${node.url}/.well-known/jwks.json`)).json()).keys).toHaveLength(1)
  await node.stop()
})

test("the first start says where to become the owner, and so does npm run setup-link", async () => {
  const db = await postgres.newDatabase()
  const node = await startNode(settingsFor(db))
  const first = /http:\/\/localhost:\d+\/setup\S+/.exec(node.said())?.[0]
  const { stdout } = await run(process.execPath, ["dist/setup-link.js"], {
    env: ownEnvironment(settingsFor(db)),
  })
  const second = /http:\/\/localhost:\d+\/setup\S+/.exec(stdout)?.[0]

  expect(first).toBeDefined()
  expect(second).toBeDefined()
  expect(second).not.toBe(first)
  await node.stop()
})

/** What a start would have made: tables, schemas, and defaults of a role. */
async function thingsIn({ superuserUrl }: ExternalDatabase): Promise<string[]> {
  return await withClient(superuserUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname !~ '^pg_|^information_schema$'
       UNION ALL SELECT 'settings of a role' FROM pg_db_role_setting s
         JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()`,
    )
    return rows.map(({ name }) => name)
  })
}

/** A login role of a test, with the same password as its name. */
async function newRole(db: ExternalDatabase, kind: string, rights: string): Promise<string> {
  const role = `${db.name}_${kind}`
  await withClient(db.superuserUrl, async (client) => {
    await client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}' ${rights}`)
    await client.query(`GRANT CONNECT ON DATABASE ${db.name} TO ${role}`)
  })
  return urlOf(db.superuserUrl, { role, password: role, database: db.name })
}

/** What is on standard output besides the log. */
function humanWords(stdout: string): string {
  return stdout
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("{"))
    .join("\n")
}
