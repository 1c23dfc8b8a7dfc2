import type { Role } from "@/lib/access/permissions"
import { readUnbound } from "@/lib/db/unbound"
import type { MemberDb } from "./members.repo"

/** Whether anybody goes by this e-mail, able to sign in or not. */
export async function isKnownEmail(email: string): Promise<boolean> {
  const { rowCount } = await readUnbound("SELECT 1 FROM person WHERE email = $1", [email])

  return rowCount === 1
}

type NewPerson = Readonly<{ personId: string; email: string; name: string; passwordHash: string }>

/** Adds a person; false when the e-mail belongs to somebody already. */
export async function insertPerson(db: MemberDb, person: NewPerson): Promise<boolean> {
  const { rowCount } = await db.sql`
    INSERT INTO person (person_id, email, name, password_hash, created_at)
    VALUES (${person.personId}, ${person.email}, ${person.name}, ${person.passwordHash}, clock_timestamp())
    ON CONFLICT (email) DO NOTHING`

  return rowCount === 1
}

/** One role of a person, and what somebody else is in the same place. */
export type Reach = Readonly<{ role: Role; own: readonly Role[] }>

/** What `actorId` is in each place where `personId` has a role. */
export async function reachOf(db: MemberDb, actorId: string, personId: string): Promise<readonly Reach[]> {
  const { rows } = await db.sql<Reach>`
    SELECT m.role, ARRAY(
      SELECT o.role FROM membership o JOIN person a ON a.person_id = o.person_id
      WHERE o.person_id = ${actorId} AND o.ended_at IS NULL AND a.disabled_at IS NULL AND o.agency_id = m.agency_id
        AND (o.tenant_id IS NULL OR o.tenant_id = m.tenant_id)) AS own
    FROM membership m WHERE m.person_id = ${personId} AND m.ended_at IS NULL`

  return rows
}

/** Sets another password if it is still the one that was seen; `null` for whatever it is. */
export async function savePassword(
  db: MemberDb,
  change: Readonly<{ personId: string; seenHash: string | null; passwordHash: string }>,
): Promise<boolean> {
  const { rowCount } = await db.sql`
    UPDATE person SET password_hash = ${change.passwordHash}
    WHERE person_id = ${change.personId} AND disabled_at IS NULL
      AND (${change.seenHash}::text IS NULL OR password_hash = ${change.seenHash})`

  return rowCount === 1
}
