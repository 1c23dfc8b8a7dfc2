import pg from "pg"
import { CrmError, type Contact } from "./contact.ts"
import { seededContacts } from "./seeded-contacts.ts"

/** A contact as it stands: `version` counts its changes. */
export type StoredContact = Readonly<{ contact: Contact; version: string }>

/** The contacts of one client, in the schema `crm` of their database. */
export type Contacts = Readonly<{
  find: (contactId: string) => Promise<StoredContact | null>
  /** Replaces a contact that still has this version. */
  replace: (contactId: string, contact: Contact, version: string) => Promise<void>
  close: () => Promise<void>
}>

/** Connects, and makes the table with a few contacts in it where there is none. */
export async function openContacts(databaseUrl: string): Promise<Contacts> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  // A connection that breaks while it idles is replaced by the next query; without a listener it ends the process.
  pool.on("error", () => undefined)
  await prepare(pool).catch(async (error: unknown) => {
    await pool.end()
    throw new CrmError(`The CRM's database cannot be used: ${messageOf(error)}`)
  })

  return {
    find: async (contactId) => await find(pool, contactId),
    replace: async (contactId, contact, version) => {
      await replace(pool, contactId, contact, version)
    },
    close: async () => {
      await pool.end()
    },
  }
}

async function find(pool: pg.Pool, contactId: string): Promise<StoredContact | null> {
  const { rows } = await pool.query<Contact & { version: string }>(
    `SELECT name, email, company, lifecycle_stage AS "lifecycleStage", owner, notes, version::text
     FROM crm.contact WHERE contact_id = $1`,
    [contactId],
  )
  const [row] = rows
  if (row === undefined) return null
  const { version, ...contact } = row
  return { contact, version }
}

/** @throws CrmError when somebody else was faster: their change is not overwritten */
async function replace(pool: pg.Pool, contactId: string, contact: Contact, version: string): Promise<void> {
  const { rowCount } = await pool.query(
    `UPDATE crm.contact
     SET name = $3, email = $4, company = $5, lifecycle_stage = $6, owner = $7, notes = $8, version = version + 1
     WHERE contact_id = $1 AND version = $2`,
    [contactId, version, ...valuesOf(contact)],
  )
  if (rowCount === 0) throw new CrmError(`${contactId} changed at the last moment and was left as it is.`)
}

/** Two servers may start at once: the lock makes one of them wait and find the table there. */
async function prepare(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query("BEGIN")
    await client.query("SELECT pg_advisory_xact_lock(hashtext('deltaseal example crm'))")
    const { rows } = await client.query<{ table: string | null }>(
      "SELECT to_regclass('crm.contact') AS table",
    )
    if (rows[0]?.table == null) await create(client)
    await client.query("COMMIT")
  } finally {
    client.release()
  }
}

async function create(client: pg.PoolClient): Promise<void> {
  await client.query("CREATE SCHEMA IF NOT EXISTS crm")
  await client.query(
    `CREATE TABLE crm.contact (
       contact_id text PRIMARY KEY, version bigint NOT NULL DEFAULT 1, name text NOT NULL, email text, company text NOT NULL,
       lifecycle_stage text NOT NULL, owner text NOT NULL, notes text[] NOT NULL)`,
  )
  for (const [contactId, contact] of Object.entries(seededContacts)) {
    await client.query(
      `INSERT INTO crm.contact (contact_id, name, email, company, lifecycle_stage, owner, notes)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [contactId, ...valuesOf(contact)],
    )
  }
}

function valuesOf({ name, email, company, lifecycleStage, owner, notes }: Contact): unknown[] {
  return [name, email, company, lifecycleStage, owner, notes]
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : "no connection"
}
