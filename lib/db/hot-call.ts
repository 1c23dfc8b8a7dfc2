import { runtime } from "@/lib/env/runtime"
import { isRetryable, toAppError } from "./failures"

/** How often a transaction that lost to a deadlock is tried again (SPEC 4.2.2). */
const attemptsMax = 4

/**
 * Calls one of the decisive functions of the migrations: one statement, one
 * transaction, one round trip. The function authenticates, sets the tenant and
 * writes its audit leaf itself. Null when it gives no row.
 *
 * @throws AppError `unavailable` with no effect, or `outcome_unknown` when the connection broke under a write
 */
export async function hotCall<Row extends object>(
  name: string,
  values: readonly unknown[],
  kind: "read" | "write",
): Promise<Row | null> {
  const { pool, isPooled } = runtime()
  const placeholders = values.map((_, index) => `$${index + 1}`).join(", ")
  const text = `SELECT * FROM ${name}(${placeholders})`
  // Parsed and planned once for a connection, which only a pooler can take away from under its statements.
  const query = isPooled ? { text } : { text, name }

  for (let attempt = 1; ; attempt += 1) {
    try {
      const { rows } = await pool.query<Row>({ ...query, values: [...values] })

      return rows[0] ?? null
    } catch (error) {
      if (attempt < attemptsMax && isRetryable(error)) continue
      throw toAppError(error, kind)
    }
  }
}

/** The same for a function that answers with one JSON object, or SQL's null. */
export async function hotJson<Answer>(
  name: string,
  values: readonly unknown[],
  kind: "read" | "write",
): Promise<Answer | null> {
  const row = await hotCall<Record<string, Answer | null>>(name, values, kind)

  return row?.[name] ?? null
}
