import type pg from "pg"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { isId } from "@/lib/kernel/id"
import { noteWrite } from "./effects"
import { toAppError } from "./failures"

declare const brand: unique symbol

/** A transaction that row-level security ties to one tenant. Only `inTenant` makes one. */
export type TenantDb = Readonly<{
  tenantId: string
  /** Runs one statement; every `${value}` becomes a parameter. */
  sql: <Row extends object>(parts: TemplateStringsArray, ...values: unknown[]) => Promise<SqlResult<Row>>
  [brand]: "TenantDb"
}>

export type SqlResult<Row> = Readonly<{ rows: readonly Row[]; rowCount: number }>

/**
 * Runs work in one transaction that can read and write this tenant only.
 *
 * @throws AppError `unavailable`, or `outcome_unknown` when the connection broke during COMMIT
 */
export async function inTenant<T>(tenantId: string, work: (db: TenantDb) => Promise<T>): Promise<T> {
  if (!isId("tenant", tenantId)) throw new AppError("not_found")

  return transact(async (client) => work(await enter(client, tenantId)))
}

/**
 * Runs work in one transaction that is bound to one tenant after the other, as
 * it enters them. Whoever enters several does so in the order of their ids.
 *
 * @throws AppError `not_found`, `unavailable`, or `outcome_unknown` when the connection broke during COMMIT
 */
export async function acrossInOrder<T>(
  work: (enterTenant: (tenantId: string) => Promise<TenantDb>) => Promise<T>,
): Promise<T> {
  return transact(async (client) =>
    work(async (tenantId) => {
      if (!isId("tenant", tenantId)) throw new AppError("not_found")
      return enter(client, tenantId)
    }),
  )
}

/**
 * The same over a connection of the caller's own, before anything is served
 * over others.
 */
export async function inTenantOver<T>(
  client: pg.ClientBase,
  tenantId: string,
  work: (db: TenantDb) => Promise<T>,
): Promise<T> {
  await client.query("BEGIN")
  try {
    const value = await work(await enter(client, tenantId))
    await client.query("COMMIT")
    return value
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined)
    throw error
  }
}

/** A transaction about an agency as a whole: its global rows, and one tenant of it at a time. */
export type AgencyDb = Readonly<{
  agencyId: string
  /** Every tenant of the agency when the transaction began. */
  tenantIds: readonly string[]
  sql: TenantDb["sql"]
  /** Binds the rest of the transaction to this tenant, which may be one that is about to be made. */
  enter: (tenantId: string) => Promise<TenantDb>
}>

/**
 * Runs work in one transaction about an agency. Its row is locked, so that of
 * two changes to its people or tenants the second sees the first.
 *
 * @throws AppError `not_found`, `unavailable`, or `outcome_unknown` when the connection broke during COMMIT
 */
export async function inAgency<T>(agencyId: string, work: (db: AgencyDb) => Promise<T>): Promise<T> {
  return transact(async (client) => {
    const { rows } = await client.query<{ tenantIds: string[] }>(
      `SELECT agency_tenants(agency_id) AS "tenantIds" FROM agency WHERE agency_id = $1 FOR UPDATE`,
      [agencyId],
    )
    const [agency] = rows
    if (agency === undefined) throw new AppError("not_found")

    const { tenantIds } = agency
    return work({ agencyId, tenantIds, sql: sqlOn(client), enter: (tenantId) => enter(client, tenantId) })
  })
}

/** A transaction about a person, whose rows are above tenants: it enters one of theirs at a time. */
export type PersonDb = Omit<AgencyDb, "agencyId"> & Readonly<{ personId: string }>

/**
 * Runs work in one transaction about a person who can sign in. Their row is
 * locked, so that of two changes to their account the second sees the first.
 *
 * @throws AppError `not_found`, `unavailable`, or `outcome_unknown` when the connection broke during COMMIT
 */
export async function aboutPerson<T>(personId: string, work: (db: PersonDb) => Promise<T>): Promise<T> {
  return transact(async (client) => {
    const { rows } = await client.query<{ tenantIds: string[] }>(
      `SELECT person_tenants(person_id) AS "tenantIds" FROM person
       WHERE person_id = $1 AND disabled_at IS NULL FOR UPDATE`,
      [personId],
    )
    const [person] = rows
    if (person === undefined) throw new AppError("not_found")

    const { tenantIds } = person
    return work({ personId, tenantIds, sql: sqlOn(client), enter: (tenantId) => enter(client, tenantId) })
  })
}

async function transact<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await runtime()
    .pool.connect()
    .catch((error: unknown) => {
      throw toAppError(error, "read")
    })
  let broken: Error | undefined
  try {
    await client.query("BEGIN")
    const value = await work(client)
    await commit(client)

    return value
  } catch (error) {
    broken = await rollBack(client)
    throw toAppError(error, "read")
  } finally {
    client.release(broken)
  }
}

async function enter(client: pg.ClientBase, tenantId: string): Promise<TenantDb> {
  await client.query("SELECT set_config('app.tenant', $1, true)", [tenantId])

  return { tenantId, sql: sqlOn(client) } as TenantDb
}

function sqlOn(client: pg.ClientBase): TenantDb["sql"] {
  return async <Row extends object>(
    parts: TemplateStringsArray,
    ...values: unknown[]
  ): Promise<SqlResult<Row>> => {
    const text = parts.reduce((sofar, part, index) => `${sofar}$${index}${part}`)
    const { rows, rowCount } = await client.query<Row>(text, values)
    return { rows, rowCount: rowCount ?? 0 }
  }
}

async function commit(client: pg.PoolClient): Promise<void> {
  try {
    await client.query("COMMIT")
  } catch (error) {
    throw toAppError(error, "write")
  }
  noteWrite()
}

/** A connection that cannot roll back is thrown away rather than lent to another tenant. */
async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query("ROLLBACK")
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error("rollback failed")
  }
}
