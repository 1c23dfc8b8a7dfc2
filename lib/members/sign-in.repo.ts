import { readUnbound, writeUnbound } from "@/lib/db/unbound"

type Credentials = Readonly<{ personId: string; passwordHash: string | null }>

/** How often a subject failed lately, and how long ago the first of those was. */
export type Attempts = Readonly<{ count: number; oldestSeconds: number }>

/** The person who may sign in with this e-mail, or null. */
export async function findCredentials(email: string): Promise<Credentials | null> {
  const { rows } = await readUnbound<Credentials>(
    `SELECT person_id AS "personId", password_hash AS "passwordHash"
     FROM person WHERE email = $1 AND disabled_at IS NULL`,
    [email],
  )
  return rows[0] ?? null
}

/** Writes an attempt down as failed before it is tried; gives the ids of its rows. */
export async function recordAttempt(subjects: readonly Buffer[]): Promise<string[]> {
  const { rows } = await writeUnbound<{ id: string }>(
    `INSERT INTO sign_in_failure (subject_mac, failed_at) SELECT mac, clock_timestamp() FROM unnest($1::bytea[]) AS mac
     RETURNING failure_id::text AS id`,
    [subjects],
  )
  return rows.map((row) => row.id)
}

export async function countAttempts(subject: Buffer, windowSeconds: number): Promise<Attempts> {
  const { rows } = await readUnbound<Attempts>(
    `SELECT count(*)::int AS count,
       coalesce(extract(epoch FROM clock_timestamp() - min(failed_at)), 0)::float8 AS "oldestSeconds"
     FROM sign_in_failure
     WHERE subject_mac = $1 AND failed_at > clock_timestamp() - make_interval(secs => $2)`,
    [subject, windowSeconds],
  )
  return rows[0] ?? { count: 0, oldestSeconds: 0 }
}

export async function forgetAttempts(ids: readonly string[]): Promise<void> {
  await writeUnbound("DELETE FROM sign_in_failure WHERE failure_id = ANY($1::bigint[])", [ids])
}

/** Forgets a subject's failures, and everybody's that no longer count. */
export async function forgetFailures(subject: Buffer, windowSeconds: number): Promise<void> {
  await writeUnbound(
    `DELETE FROM sign_in_failure
     WHERE subject_mac = $1 OR failed_at < clock_timestamp() - make_interval(secs => $2)`,
    [subject, windowSeconds],
  )
}

type NewSession = Readonly<{
  sessionId: string
  personId: string
  /** What was verified: whoever changes the password ends every session, and this one must not come after. */
  passwordHash: string
  idleSeconds: number
  maxSeconds: number
}>

/** False when the password has changed since it was verified, or the person may no longer sign in. */
export async function insertSession(session: NewSession): Promise<boolean> {
  const { rowCount } = await writeUnbound(
    `INSERT INTO session (session_id, person_id, created_at, idle_expires_at, expires_at)
     SELECT $1, person_id, now, now + make_interval(secs => $4), now + make_interval(secs => $5)
     FROM person, clock_timestamp() AS now
     WHERE person_id = $2 AND password_hash = $3 AND disabled_at IS NULL
     FOR SHARE OF person`,
    [session.sessionId, session.personId, session.passwordHash, session.idleSeconds, session.maxSeconds],
  )

  return rowCount === 1
}

export async function revokeSession(sessionId: string): Promise<void> {
  await writeUnbound(
    "UPDATE session SET revoked_at = clock_timestamp() WHERE session_id = $1 AND revoked_at IS NULL",
    [sessionId],
  )
}
