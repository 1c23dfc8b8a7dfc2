import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { acrossTenants, readInTenant, type ReadDb } from "@/lib/db/read-db"
import { type Caller } from "../support/api"
import { pendingWrite } from "../support/calls"
import { anOutcome, consumedWrite } from "../support/deciding"
import { openRun, readFile } from "../support/calls"
import { tenantPolicyRows } from "../support/policies"
import { rowsOfTheRest } from "../support/tenant-rows"
import { makePerson, startWorld, tenantTables, type World } from "../support/world"

/** Tables above tenants (SPEC 6). A table that is neither here nor behind row-level security fails a test. */
const globalTables = [
  "_prisma_migrations",
  "agency",
  "authenticator",
  "authenticator_enrolment",
  "authenticator_recovery",
  "installation",
  "invitation",
  "lineage",
  "membership",
  "node",
  "password_reset",
  "person",
  "policy_pack",
  "policy_pack_version",
  "policy_rollout",
  "session",
  "setup_link",
  "sign_in_failure",
  "stand_in",
]

let world: World
let tables: string[]
let ours: string
let theirs: string

beforeAll(async () => {
  world = await startWorld()
  tables = (await tenantTables(world.su)).filter((table) => !globalTables.includes(table))
  ours = world.ours.tenantId
  theirs = world.theirs.tenantId
  const foreignReviewer = await reviewerOf(world.theirs.agencyId)
  for (const [key, reviewer] of [
    [world.ours.key, await world.as("reviewer")],
    [world.theirs.key, foreignReviewer],
  ] as const) {
    const { executionId } = await consumedWrite(key, reviewer)
    await key.post(`/api/v1/executions/${executionId}/outcome`, anOutcome)
    await pendingWrite(key)
    await tenantPolicyRows(world, key === world.ours.key ? world.ours : world.theirs)
    await key.post(
      "/api/v1/tool-calls",
      { runId: await openRun(key), tool: readFile, input: { path: "a" } },
      { "idempotency-key": "k" },
    )
  }
  for (const tenantId of [ours, theirs]) await rowsOfTheRest(world, tenantId)
})

afterAll(() => world.close())

async function reviewerOf(agencyId: string): Promise<Caller> {
  return (await makePerson(world, { role: "reviewer", agencyId })).caller
}

/** Runs one statement as the role that serves, in a transaction bound to `tenant`, and takes it back. */
async function asApp(
  bound: Readonly<{ tenant?: string; tenants?: string }>,
  sql: string,
  values: unknown[] = [],
): Promise<{ rows: any[]; rowCount: number }> {
  const client = await world.app.connect()
  try {
    await client.query("BEGIN")
    if (bound.tenant !== undefined)
      await client.query("SELECT set_config('app.tenant', $1, true)", [bound.tenant])
    if (bound.tenants !== undefined) {
      await client.query("SELECT set_config('app.tenants', $1, true)", [bound.tenants])
    }
    const { rows, rowCount } = await client.query(sql, values)
    return { rows, rowCount: rowCount ?? 0 }
  } finally {
    await client.query("ROLLBACK")
    client.release()
  }
}

/** Tables that give rows to a query of the serving role that names no tenant and is bound to none. */
async function leakingTables(): Promise<string[]> {
  const leaking: string[] = []
  for (const table of tables) {
    const { rowCount } = await asApp({}, `SELECT 1 FROM "${table}" LIMIT 1`)
    if (rowCount > 0) leaking.push(table)
  }
  return leaking
}

test("every table is either global by name or has forced row-level security", async () => {
  const { rows } = await world.su.query<{ name: string; forced: boolean }>(
    `SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS forced FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1`,
  )
  expect(rows.filter(({ forced }) => !forced).map(({ name }) => name)).toEqual(globalTables)
  expect(rows.filter(({ forced }) => forced).map(({ name }) => name)).toEqual(tables)
})

test("every tenant table has its tenant first in its primary key, and in every foreign and unique key", async () => {
  const { rows } = await world.su.query<{ name: string; first: string; columns: string[] }>(
    `SELECT conname AS name, conrelid::regclass::text AS "table", contype,
       (SELECT array_agg(attname::text) FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)) AS columns
     FROM pg_constraint
     WHERE conrelid = ANY ($1::regclass[]) AND contype IN ('p', 'u', 'f') AND conname <> 'tenant_agency_id_fkey'`,
    [tables.map((table) => `"${table}"`)],
  )
  expect(rows.length).toBeGreaterThan(tables.length)
  expect(rows.filter(({ columns }) => !columns.includes("tenant_id"))).toEqual([])
})

test("a query that forgets its tenant returns nothing, from any table", async () => {
  const { rows } = await world.su.query(
    `SELECT ${tables.map((table) => `(SELECT count(*) > 0 FROM "${table}") AS "${table}"`).join(", ")}`,
  )
  expect(Object.entries(rows[0] ?? {}).filter(([, hasRows]) => hasRows !== true)).toEqual([])
  expect(await leakingTables()).toEqual([])
})

test("and that check sees it when row-level security is switched off", async () => {
  for (const table of tables) {
    await world.owner.query(`ALTER TABLE "${table}" DISABLE ROW LEVEL SECURITY`)
    expect(await leakingTables()).toEqual([table])
    await world.owner.query(`ALTER TABLE "${table}" ENABLE ROW LEVEL SECURITY`)
  }
})

test("row-level security binds the owner of the tables too", async () => {
  for (const table of tables.filter((name) => !["tenant", "api_key", "run_token"].includes(name))) {
    expect([table, (await world.owner.query(`SELECT 1 FROM "${table}"`)).rowCount]).toEqual([table, 0])
  }
})

describe("bound to one tenant", () => {
  const refused = expect.objectContaining({ code: "42501" }) as Error
  const each = async (work: (table: string) => Promise<void>) => {
    for (const table of tables) await work(table)
  }

  test("its rows are all that can be read", () =>
    each(async (table) => {
      const { rows } = await asApp({ tenant: ours }, `SELECT DISTINCT tenant_id FROM "${table}"`)
      expect([table, rows]).toEqual([table, [{ tenant_id: ours }]])
    }))

  test("another's cannot be changed or deleted", () =>
    each(async (table) => {
      for (const sql of [
        `UPDATE "${table}" SET tenant_id = tenant_id WHERE tenant_id = $1`,
        `DELETE FROM "${table}" WHERE tenant_id = $1`,
      ]) {
        const touched = await asApp({ tenant: ours }, sql, [theirs]).then(
          ({ rowCount }) => rowCount,
          (error: unknown) => (error as { code: string }).code,
        )
        expect([sql, [0, "42501"].includes(touched)]).toEqual([sql, true])
      }
    }))

  test("another's cannot be inserted, not even an exact copy", () =>
    each(async (table) => {
      const { rows } = await world.su.query(
        `SELECT to_jsonb(t) AS row FROM "${table}" t WHERE tenant_id = $1 LIMIT 1`,
        [theirs],
      )
      const insert = `INSERT INTO "${table}" SELECT * FROM jsonb_populate_record(NULL::"${table}", $1)`
      await expect(asApp({ tenant: ours }, insert, [JSON.stringify(rows[0].row)]), table).rejects.toEqual(
        refused,
      )
    }))

  test("its own rows cannot be given away", () =>
    each(async (table) => {
      const give = `UPDATE "${table}" SET tenant_id = $1 WHERE tenant_id = $2`
      await expect(asApp({ tenant: ours }, give, [theirs, ours]), table).rejects.toEqual(refused)
    }))

  test("what may be read beside it may still not be written", async () => {
    const bound = { tenant: ours, tenants: `${ours},${theirs}` }
    expect((await asApp(bound, "SELECT DISTINCT tenant_id FROM approval")).rowCount).toBe(2)
    const update = "UPDATE approval SET status = 'approved' WHERE tenant_id = $1"
    expect((await asApp(bound, update, [theirs])).rowCount).toBe(0)
    expect((await asApp({ tenants: theirs }, update, [theirs])).rowCount).toBe(0)
  })

  test.each(["", ",", "%", "ten_%", "' OR true --", "NULL", "{}"])(
    "a tenant named %j opens nothing",
    async (name) => {
      for (const bound of [{ tenant: name }, { tenants: name }]) {
        expect((await asApp(bound, "SELECT 1 FROM run")).rowCount).toBe(0)
      }
    },
  )
})

describe("the role that serves cannot", () => {
  test.each([
    "UPDATE audit_leaf SET type = 'x'",
    "DELETE FROM audit_leaf",
    "UPDATE audit_opening SET salts = '{}'",
    "DELETE FROM audit_opening",
    "UPDATE vote SET decision = 'approve'",
    "DELETE FROM vote",
    "UPDATE change SET change_hash = 'x'",
    "DELETE FROM change",
    "UPDATE change_part SET op = 'x'",
    "DELETE FROM change_part",
    "UPDATE tool_call SET decision = 'allow'",
    "DELETE FROM tool_call",
    "DELETE FROM approval",
    "DELETE FROM execution",
    "DELETE FROM run",
    "DELETE FROM api_key",
    "DELETE FROM person",
    "TRUNCATE audit_leaf CASCADE",
    "ALTER TABLE run DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE run NO FORCE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON run USING (true)",
    "DROP TABLE vote",
    "CREATE TABLE public.mine (a int)",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "DELETE FROM _prisma_migrations",
    "SELECT setval('audit_sequence', 1)",
    "SET ROLE deltaseal_owner",
    "SET SESSION AUTHORIZATION deltaseal_owner",
    "COPY run TO '/tmp/run'",
    "COPY run FROM PROGRAM 'id'",
    "SELECT pg_read_file('/etc/passwd')",
  ])("%s", async (sql) => {
    await expect(asApp({ tenant: ours }, sql)).rejects.toMatchObject({ code: "42501" })
  })
})

test("a read cannot write, not even in its own tenant", async () => {
  const refused = { cause: { message: expect.stringContaining("read-only transaction") as string } }
  const rename = async (db: ReadDb) => db.$executeRaw`UPDATE run SET workflow = 'x'`
  await expect(readInTenant(ours, rename)).rejects.toMatchObject(refused)

  const { personId, sessionId } = await makePerson(world, { role: "owner" })
  const none = { tenants: [], agencies: [], standsInFor: [] }
  const person = { kind: "person", sessionId, personId, name: "", email: "", roles: [], ...none } as const
  await expect(acrossTenants(person, ["owner"], rename)).rejects.toMatchObject(refused)
  expect(await readInTenant(ours, (db) => db.run.count())).toBeGreaterThan(0)
})

test("only the look-ups, and what keeps a vote that is taken back and forgets old edits, run with their owner's rights, with a pinned search path, and not for everybody", async () => {
  const { rows } = await world.su.query(
    `SELECT proname AS name, proconfig AS config, has_function_privilege('public', oid, 'EXECUTE') AS "everybody"
     FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY 1`,
  )
  const config = ["search_path=pg_catalog, public, pg_temp"]
  const names = [
    ...["agency_tenants", "find_live_key", "forget_old_edits"],
    ...["keep_withdrawn_vote", "next_closing_tenant", "next_due_tenant"],
    ...["next_simulating_tenant", "next_tenant_before_epoch", "next_tenant_with_due_canary"],
    ...["next_tenant_with_due_proposal", "next_unswept_tenant", "session_principal"],
    ...["tenant_of_old_limits", "tenant_of_oldest_edit", "tenant_of_oldest_idempotency"],
    ...["tenant_of_oldest_run_token", "tenant_of_oldest_simulation", "tenant_of_oldest_view"],
  ]
  expect(rows).toEqual(names.map((name) => ({ name, config, everybody: false })))
})

test("a temporary type or table of the serving role runs nothing with the owner's rights", async () => {
  const client = await world.app.connect()
  try {
    await client.query(`
      CREATE FUNCTION pg_temp.listen(pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql
      AS $$ BEGIN PERFORM set_config('test.ran_as', current_user, false); RETURN true; END $$;
      CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (pg_temp.listen(VALUE::pg_catalog.text));
      CREATE TEMPORARY TABLE api_key AS SELECT 1 AS key_id`)
    await client.query(
      "SELECT next_due_tenant(''), find_live_key('x', '\\x00', NULL), session_principal('x')",
    )
    await client.query(
      "SELECT agency_tenants('x'), tenant_of_oldest_idempotency(), tenant_of_oldest_run_token(), next_unswept_tenant(''), next_tenant_with_due_proposal(''), next_tenant_with_due_canary(''), next_simulating_tenant(''), tenant_of_oldest_simulation(), tenant_of_oldest_view(), tenant_of_oldest_edit(), forget_old_edits(1)",
    )
    const { rows } = await client.query("SELECT current_setting('test.ran_as', true) AS role")
    expect(rows).toEqual([{ role: null }])
  } finally {
    client.release(true)
  }
})
