import { runtime } from "@/lib/env/runtime"
import { toAppError } from "./failures"
import type { SqlResult } from "./tenant-db"

/**
 * Reads rows that belong to no tenant: people, sessions, agencies. Whether the
 * asker may know of them is the caller's to find out; of a tenant's rows it
 * sees none.
 *
 * @throws AppError `unavailable`
 */
export function readUnbound<Row extends object>(
  text: string,
  values: readonly unknown[] = [],
): Promise<SqlResult<Row>> {
  return ask("read", text, values)
}

/**
 * One statement that changes such rows, as a transaction of its own.
 *
 * @throws AppError `unavailable` with no effect, or `outcome_unknown` when the connection broke under it
 */
export function writeUnbound<Row extends object>(
  text: string,
  values: readonly unknown[] = [],
): Promise<SqlResult<Row>> {
  return ask("write", text, values)
}

async function ask<Row extends object>(
  kind: "read" | "write",
  text: string,
  values: readonly unknown[],
): Promise<SqlResult<Row>> {
  try {
    const { rows, rowCount } = await runtime().pool.query<Row>(text, [...values])
    return { rows, rowCount: rowCount ?? 0 }
  } catch (error) {
    throw toAppError(error, kind)
  }
}
