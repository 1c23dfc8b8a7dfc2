import { readUnbound } from "@/lib/db/unbound"
import type { MemberDb } from "./members.repo"

export type OpenReset = Readonly<{ personId: string; madeById: string; email: string; expiresAt: Date }>

/** Takes back every reset link of a person that is still open. */
export async function revokeResets(db: MemberDb, personId: string): Promise<void> {
  await db.sql`
    UPDATE password_reset SET revoked_at = clock_timestamp()
    WHERE person_id = ${personId} AND used_at IS NULL AND revoked_at IS NULL`
}

export async function insertReset(
  db: MemberDb,
  reset: Readonly<{ tokenMac: Buffer; personId: string; madeById: string; minutes: number }>,
): Promise<Date> {
  const { rows } = await db.sql<{ expiresAt: Date }>`
    INSERT INTO password_reset (token_mac, person_id, made_by_id, created_at, expires_at)
    SELECT ${reset.tokenMac}::bytea, ${reset.personId}::text, ${reset.madeById}::text, now,
      now + make_interval(mins => ${reset.minutes})
    FROM clock_timestamp() AS now
    RETURNING expires_at AS "expiresAt"`
  const [row] = rows
  if (row === undefined) throw new Error("A reset link was not inserted.")

  return row.expiresAt
}

/** The reset that a link's digest opens now, or null. */
export async function findOpenReset(tokenMac: Buffer): Promise<OpenReset | null> {
  const { rows } = await readUnbound<OpenReset>(
    `SELECT r.person_id AS "personId", r.made_by_id AS "madeById", p.email, r.expires_at AS "expiresAt"
     FROM password_reset r JOIN person p USING (person_id)
     WHERE r.token_mac = $1 AND r.used_at IS NULL AND r.revoked_at IS NULL AND p.disabled_at IS NULL
       AND r.expires_at > clock_timestamp()`,
    [tokenMac],
  )

  return rows[0] ?? null
}

/** Whether two ids are one person, or people who count as one since a link of one reset the other's password. */
export async function findAsOne(db: Pick<MemberDb, "sql">, one: string, other: string): Promise<boolean> {
  const { rows } = await db.sql<{ isOne: boolean }>`
    SELECT ${other} = ANY (counted_with(ARRAY[${one}])) AS "isOne"`

  return rows[0]?.isOne ?? true
}

/** Uses a reset link up; false when somebody was faster or its time is over. */
export async function spendReset(db: MemberDb, tokenMac: Buffer): Promise<boolean> {
  const { rowCount } = await db.sql`
    UPDATE password_reset SET used_at = clock_timestamp()
    WHERE token_mac = ${tokenMac} AND used_at IS NULL AND revoked_at IS NULL AND expires_at > clock_timestamp()`

  return rowCount === 1
}
