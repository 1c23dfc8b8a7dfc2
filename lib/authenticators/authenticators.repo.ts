import type { PersonDb, TenantDb } from "@/lib/db/tenant-db"
import { readUnbound } from "@/lib/db/unbound"
import type { Authenticator, NewCredential } from "./authenticator"

/** A transaction, whatever it is bound to: authenticators stand above tenants, as people do. */
type AnyDb = Pick<TenantDb, "sql">

type Row = Omit<Authenticator, "signCount"> & Readonly<{ signCount: string }>

const columns = `authenticator_id AS "authenticatorId", name, session_id AS "sessionId", credential_id AS "credentialId", public_key AS "publicKey",
  sign_count AS "signCount", transports, created_at AS "createdAt", last_used_at AS "lastUsedAt"`

/** A person's authenticators that are still enrolled, the oldest first. */
export async function listAuthenticatorsOf(personId: string): Promise<readonly Authenticator[]> {
  const { rows } = await readUnbound<Row>(
    `SELECT ${columns} FROM authenticator WHERE person_id = $1 AND removed_at IS NULL ORDER BY authenticator_id`,
    [personId],
  )

  return rows.map((row) => ({ ...row, signCount: Number(row.signCount) }))
}

/** Ids of those that are enrolled, in the transaction that holds the person's row. */
export async function enrolledIds(db: AnyDb, personId: string): Promise<readonly string[]> {
  const { rows } = await db.sql<{ id: string }>`
    SELECT authenticator_id AS id FROM authenticator WHERE person_id = ${personId} AND removed_at IS NULL`

  return rows.map(({ id }) => id)
}

/** False where the credential is enrolled already, by anybody. */
export async function insertAuthenticator(
  db: PersonDb,
  {
    authenticatorId,
    name,
    sessionId,
    credential,
  }: Readonly<{
    authenticatorId: string
    name: string
    sessionId: string
    credential: NewCredential
  }>,
): Promise<boolean> {
  const { credentialId, publicKey, signCount, transports } = credential
  const { rowCount } = await db.sql`
    INSERT INTO authenticator (
      authenticator_id, person_id, session_id, credential_id, public_key, sign_count, transports, name, created_at)
    VALUES (${authenticatorId}, ${db.personId}, ${sessionId}, ${credentialId}, ${Buffer.from(publicKey)}::bytea, ${signCount},
      ${[...transports]}::text[], ${name}, clock_timestamp())
    ON CONFLICT (credential_id) DO NOTHING`

  return rowCount === 1
}

/** Moves an authenticator's count on; false when it is not enrolled any more or has counted further meanwhile. */
export async function useAuthenticator(
  db: PersonDb,
  { authenticatorId, signCount }: Readonly<{ authenticatorId: string; signCount: number }>,
): Promise<boolean> {
  const { rowCount } = await db.sql`
    UPDATE authenticator SET sign_count = ${signCount}, last_used_at = clock_timestamp()
    WHERE authenticator_id = ${authenticatorId} AND person_id = ${db.personId} AND removed_at IS NULL
      AND (sign_count < ${signCount} OR (sign_count = 0 AND ${signCount}::bigint = 0))`

  return rowCount === 1
}

export async function renameAuthenticator(
  db: PersonDb,
  { authenticatorId, name }: Readonly<{ authenticatorId: string; name: string }>,
): Promise<boolean> {
  const { rowCount } = await db.sql`
    UPDATE authenticator SET name = ${name}
    WHERE authenticator_id = ${authenticatorId} AND person_id = ${db.personId} AND removed_at IS NULL`

  return rowCount === 1
}

/** Removes one of a person's authenticators, or all; gives how many. What was signed with them stays as it is. */
export async function removeAuthenticators(
  db: AnyDb,
  personId: string,
  { authenticatorId, because }: Readonly<{ authenticatorId: string | null; because: "removed" | "recovery" }>,
): Promise<number> {
  const { rowCount } = await db.sql`
    UPDATE authenticator SET removed_at = clock_timestamp(), removed_because = ${because}
    WHERE person_id = ${personId} AND removed_at IS NULL
      AND (${authenticatorId}::text IS NULL OR authenticator_id = ${authenticatorId})`

  return rowCount
}

/** An enrolment that was begun; its challenge is base64url. */
export type Enrolment = Readonly<{ enrolmentId: string; sessionId: string; challenge: string }>

/** Gives until when it can be finished. What was begun a day ago is forgotten. */
export async function insertEnrolment(db: PersonDb, enrolment: Enrolment, seconds: number): Promise<Date> {
  await db.sql`
    DELETE FROM authenticator_enrolment
    WHERE person_id = ${db.personId} AND expires_at < clock_timestamp() - interval '1 day'`
  const { rows } = await db.sql<{ expiresAt: Date }>`
    INSERT INTO authenticator_enrolment (enrolment_id, person_id, session_id, challenge, expires_at)
    VALUES (${enrolment.enrolmentId}, ${db.personId}, ${enrolment.sessionId}, ${enrolment.challenge},
      clock_timestamp() + make_interval(secs => ${seconds}))
    RETURNING expires_at AS "expiresAt"`
  const [row] = rows
  if (row === undefined) throw new Error("An enrolment was not inserted.")

  return row.expiresAt
}

/** The challenge of an enrolment of this session that can still be finished, or null. */
export async function findEnrolment(enrolmentId: string, sessionId: string): Promise<string | null> {
  const { rows } = await readUnbound<{ challenge: string }>(
    `SELECT challenge FROM authenticator_enrolment
     WHERE enrolment_id = $1 AND session_id = $2 AND used_at IS NULL AND expires_at > clock_timestamp()`,
    [enrolmentId, sessionId],
  )

  return rows[0]?.challenge ?? null
}

/** Uses an enrolment up; false when somebody was faster or its time is over. */
export async function spendEnrolment(db: PersonDb, enrolmentId: string): Promise<boolean> {
  const { rowCount } = await db.sql`
    UPDATE authenticator_enrolment SET used_at = clock_timestamp()
    WHERE enrolment_id = ${enrolmentId} AND person_id = ${db.personId} AND used_at IS NULL
      AND expires_at > clock_timestamp()`

  return rowCount === 1
}
