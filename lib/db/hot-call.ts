import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { noteWrite } from "./effects"
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
  return ask({ name, text: `SELECT * FROM ${called(name, values)}`, values, kind })
}

function called(name: string, values: readonly unknown[]): string {
  return `${name}(${values.map((_, index) => `$${index + 1}`).join(", ")})`
}

type Asked = Readonly<{ name: string; text: string; values: readonly unknown[]; kind: "read" | "write" }>

async function ask<Row extends object>({ name, text, values, kind }: Asked): Promise<Row | null> {
  const { pool, isPooled } = runtime()
  // Parsed and planned once for a connection, which only a pooler can take away from under its statements.
  const query = isPooled ? { text } : { text, name }

  for (let attempt = 1; ; attempt += 1) {
    try {
      const { rows } = await pool.query<Row>({ ...query, values: [...values] })
      if (kind === "write") noteWrite()

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

/**
 * The same for a function that changes an approval, with the approval as that
 * leaves it: what was done is answered with, whoever lost their part in it at
 * that moment. `Written` has the answer as `answer`, and the columns of the
 * approval, which are null where nothing was done.
 *
 * @throws AppError as `hotCall`, and `internal` when it gives no answer
 */
export async function hotJsonThenApproval<Written extends Readonly<{ answer: object }>>(
  name: string,
  values: readonly unknown[],
  approvalId: string,
): Promise<Written> {
  // The second reads what the first has written only because it needs its answer.
  const text = `SELECT answer, read.* FROM ${called(name, values)} AS answer
    CROSS JOIN LATERAL approval_after(answer, $${values.length + 1}) AS read`

  const written = await ask<Written | Readonly<{ answer: null }>>({
    name: `${name}, approval_after`,
    text,
    values: [...values, approvalId],
    kind: "write",
  })
  if (!isAnswered(written)) throw new AppError("internal")

  return written
}

function isAnswered<Written extends Readonly<{ answer: object }>>(
  written: Written | Readonly<{ answer: null }> | null,
): written is Written {
  return written !== null && written.answer !== null
}
