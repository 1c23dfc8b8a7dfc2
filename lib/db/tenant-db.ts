import type pg from "pg"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { isId } from "@/lib/kernel/id"
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

  const client = await runtime()
    .pool.connect()
    .catch((error: unknown) => {
      throw toAppError(error, "read")
    })
  let broken: Error | undefined
  try {
    await client.query("BEGIN")
    await client.query("SELECT set_config('app.tenant', $1, true)", [tenantId])
    const value = await work(bind(client, tenantId))
    await commit(client)

    return value
  } catch (error) {
    broken = await rollBack(client)
    throw toAppError(error, "read")
  } finally {
    client.release(broken)
  }
}

function bind(client: pg.PoolClient, tenantId: string): TenantDb {
  const sql = async <Row extends object>(
    parts: TemplateStringsArray,
    ...values: unknown[]
  ): Promise<SqlResult<Row>> => {
    const text = parts.reduce((sofar, part, index) => `${sofar}$${index}${part}`)
    const { rows, rowCount } = await client.query<Row>(text, values)
    return { rows, rowCount: rowCount ?? 0 }
  }

  return { tenantId, sql } as TenantDb
}

async function commit(client: pg.PoolClient): Promise<void> {
  try {
    await client.query("COMMIT")
  } catch (error) {
    throw toAppError(error, "write")
  }
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
