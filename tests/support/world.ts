import { randomBytes } from "node:crypto"
import { canonicalize, toolHash, type JsonValue, type ToolDefinition } from "@deltaseal/guard/change"
import pg from "pg"
import { inject } from "vitest"
import crm from "@/examples/crm-server/tools.json"
import workspace from "@/examples/workspace-server/tools.json"
import type { Role, Scope } from "@/lib/access/permissions"
import { printKey } from "@/lib/keys/api-key"
import { macOf, newPrintedKey } from "@/lib/keys/credential"
import { newId } from "@/lib/operations/new-id"
import { insertAgency } from "@/lib/tenants/tenants.repo"
import { seedTenant } from "@/prisma/seed/tenant"
import { caller, callerOfSession, startApi, type Caller, type TestApi } from "./api"
import { urlOf } from "./postgres"

/** The demo with a second agency beside it, and a connection that no policy binds. */
export type World = TestApi &
  Readonly<{
    /** The cluster's superuser: to look across tenants and to move what the product will not. */
    su: pg.Client
    ours: Side
    /** Another agency's only tenant. */
    theirs: Side
  }>

/** What of a world its keys and people need. */
export type Place = Pick<World, "su" | "url" | "ours">

export type Side = Readonly<{ agencyId: string; tenantId: string; ownerId: string; key: Caller }>

export const allScopes: readonly Scope[] = ["request", "poll", "execute", "tools:register", "audit:read"]

export async function startWorld(...between: Parameters<typeof startApi>): Promise<World> {
  const api = await startApi(...between)
  const su = new pg.Client({
    connectionString: urlOf(inject("postgres").superuserUrl, { database: api.owner.database ?? "" }),
  })
  await su.connect()
  const { rows } = await su.query<{ agency_id: string; owner_id: string; tenant_id: string }>(
    `SELECT t.agency_id, k.owner_id, t.tenant_id FROM tenant t JOIN api_key k USING (tenant_id) WHERE t.tenant_id = $1`,
    [api.demo.tenants[0]?.tenantId],
  )
  const [own] = rows
  if (own === undefined) throw new Error("The demo has no first tenant.")

  return {
    ...api,
    su,
    ours: { agencyId: own.agency_id, tenantId: own.tenant_id, ownerId: own.owner_id, key: api.key() },
    theirs: await secondAgency(api, su),
    close: async () => {
      await su.end()
      await api.close()
    },
  }
}

export async function secondAgency({ url }: Pick<TestApi, "url">, su: pg.Client): Promise<Side> {
  const agencyId = newId("agency")
  await insertAgency({ agencyId, name: "Southwind Robots" })
  const ownerId = await addPerson(su, "Stranger Owner")
  await addMembership(su, { agencyId, tenantId: null, personId: ownerId, role: "owner" })
  const { tenantId, apiKey } = await seedTenant({
    agencyId,
    name: "Foreign Client",
    ownerId,
    scopes: allScopes,
    servers: [workspace, crm],
    policy: null,
  })

  return { agencyId, tenantId, ownerId, key: keyCaller(url, apiKey) }
}

export function keyCaller(url: string, apiKey: string): Caller {
  return caller(url, { authorization: `Bearer ${apiKey}` })
}

export type NewKeyOptions = Readonly<{
  tenantId?: string
  scopes?: readonly Scope[]
  environments?: readonly string[]
  addresses?: readonly string[]
  ownerId?: string
  createdById?: string
  expiresIn?: string
}>

export type MadeKey = Readonly<{ keyId: string; text: string; caller: Caller }>

/** A key of our first tenant, unless it says otherwise. */
export async function makeKey({ su, url, ours }: Place, options: NewKeyOptions = {}): Promise<MadeKey> {
  const key = newPrintedKey("live")
  const keyId = newId("key")
  await su.query(
    `INSERT INTO api_key (tenant_id, key_id, public_id, name, mode, secret_mac, environments, scopes, addresses,
       owner_id, created_by_id, expires_at)
     VALUES ($1, $2, $3, 'test', 'live', $4, $5, $6, $7, $8, $9, clock_timestamp() + $10::interval)`,
    [
      options.tenantId ?? ours.tenantId,
      keyId,
      key.publicId,
      macOf(key),
      options.environments ?? ["dev", "staging", "prod"],
      options.scopes ?? allScopes,
      options.addresses ?? [],
      options.ownerId ?? ours.ownerId,
      options.createdById ?? ours.ownerId,
      options.expiresIn ?? "1 day",
    ],
  )
  const text = printKey(key)

  return { keyId, text, caller: keyCaller(url, text) }
}

/** `membershipId` is empty for who is nowhere a member. */
export type MadePerson = Readonly<{
  personId: string
  membershipId: string
  sessionId: string
  caller: Caller
}>

/** A signed-in person with a role in our agency, or in the agency and tenant named, or nowhere (`role: null`). */
export async function makePerson(
  { su, url, ours }: Place,
  options: Readonly<{ role: Role | null; agencyId?: string; tenantId?: string | null }>,
): Promise<MadePerson> {
  const personId = await addPerson(su, `Person ${randomBytes(4).toString("hex")}`)
  const { role, agencyId = ours.agencyId, tenantId = null } = options
  const membershipId = role === null ? "" : await addMembership(su, { agencyId, tenantId, personId, role })
  const sessionId = await addSession(su, personId)

  return { personId, membershipId, sessionId, caller: await callerOfSession(url, sessionId) }
}

/** Signs a person in; gives their session. */
export async function addSession(su: pg.Client, personId: string): Promise<string> {
  const sessionId = newId("session")
  await su.query(
    `INSERT INTO session (session_id, person_id, idle_expires_at, expires_at)
     SELECT $1, $2, now + interval '8 hours', now + interval '7 days' FROM clock_timestamp() AS now`,
    [sessionId, personId],
  )

  return sessionId
}

async function addPerson(su: pg.Client, name: string): Promise<string> {
  const personId = newId("person")
  await su.query("INSERT INTO person (person_id, email, name) VALUES ($1, $2, $3)", [
    personId,
    `${personId.toLowerCase()}@people.example`,
    name,
  ])

  return personId
}

async function addMembership(
  su: pg.Client,
  member: Readonly<{ agencyId: string; tenantId: string | null; personId: string; role: Role }>,
): Promise<string> {
  const membershipId = newId("membership")
  await su.query(
    "INSERT INTO membership (membership_id, agency_id, tenant_id, person_id, role) VALUES ($1, $2, $3, $4, $5)",
    [membershipId, member.agencyId, member.tenantId, member.personId, member.role],
  )

  return membershipId
}

export type NewToolOptions = Readonly<{
  name: string
  version?: string
  tier?: string | null
  status?: "active" | "suspended"
  inputSchema?: JsonValue
  allowedIn?: readonly string[]
}>

/** A tool of the server `workspace` in our first tenant: active, T0 and allowed everywhere unless it says otherwise. */
export async function makeTool({ su, ours }: World, options: NewToolOptions): Promise<void> {
  const { name, version = "1.0.0", tier = "T0_READ", status = "active" } = options
  const definition: ToolDefinition = {
    name,
    inputSchema: (options.inputSchema ?? { type: "object" }) as NonNullable<ToolDefinition["inputSchema"]>,
  }
  await su.query(
    `INSERT INTO tool (tenant_id, server, name, version, definition, definition_hash, tier, status)
     VALUES ($1, 'workspace', $2, $3, $4, $5, $6, $7)`,
    [
      ours.tenantId,
      name,
      version,
      Buffer.from(canonicalize(definition as JsonValue)),
      toolHash(definition),
      tier,
      status,
    ],
  )
  for (const environment of options.allowedIn ?? ["dev", "staging", "prod"]) {
    await su.query(
      `INSERT INTO tool_allowance (tenant_id, environment, server, name, allowed_by_id)
       VALUES ($1, $2, 'workspace', $3, 'per_test') ON CONFLICT DO NOTHING`,
      [ours.tenantId, environment, name],
    )
  }
}

export type Leaf = Readonly<{
  sequence: string
  bytes: Buffer
  eventId: string
  type: string
  approvalId: string | null
  callId: string | null
  body: {
    v: number
    eventId: string
    at: number
    type: string
    epoch: number
    actor: { kind: string; id: string }
    subject: { kind: string; id: string }
    fields: Record<string, string | number | boolean | { commit: string }>
  }
}>

/** A tenant's leaves in the order of their sequence; those after `from` only. */
export async function leavesOf({ su }: World, tenantId: string, from = "0"): Promise<Leaf[]> {
  const { rows } = await su.query<Omit<Leaf, "body">>(
    `SELECT sequence::text, leaf AS bytes, event_id AS "eventId", type, approval_id AS "approvalId", call_id AS "callId"
     FROM audit_leaf WHERE tenant_id = $1 AND sequence > $2 ORDER BY audit_leaf.sequence`,
    [tenantId, from],
  )

  return rows.map((row) => ({ ...row, body: JSON.parse(row.bytes.toString("utf8")) as Leaf["body"] }))
}

/** What a tenant's log holds after something that it did not hold before. */
export async function newLeaves<T>(
  world: World,
  work: () => Promise<T>,
): Promise<Readonly<{ value: T; leaves: Leaf[] }>> {
  const last = (await leavesOf(world, world.ours.tenantId)).at(-1)?.sequence ?? "0"
  const value = await work()

  return { value, leaves: await leavesOf(world, world.ours.tenantId, last) }
}

/** How many rows every tenant table holds, for showing that nothing was written. */
export async function countRows({ su }: World, tenantId: string): Promise<Record<string, string>> {
  const tables = await tenantTables(su)
  const counts = await su.query<Record<string, string>>(
    `SELECT ${tables.map((table) => `(SELECT count(*) FROM "${table}" WHERE tenant_id = $1) AS "${table}"`).join(", ")}`,
    [tenantId],
  )

  return counts.rows[0] ?? {}
}

/** Every table of ours with a tenant, from the catalog. */
export async function tenantTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'tenant_id' AND NOT a.attisdropped
     ORDER BY 1`,
  )

  return rows.map(({ name }) => name)
}

/** Asks until the answer is yes; fails after the deadline with what was waited for. */
export async function until(what: string, ask: () => Promise<boolean>, deadlineMs = 5_000): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`After ${deadlineMs} ms still not: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
