import type { Role } from "@/lib/access/permissions"
import type { TenantDb } from "@/lib/db/tenant-db"
import { readUnbound, writeUnbound } from "@/lib/db/unbound"
import type { Membership, Place } from "./member"

/** A transaction, whatever it is bound to: members stand above tenants. */
export type MemberDb = Pick<TenantDb, "sql">

export type NewMember = Readonly<{
  personId: string
  membershipId: string
  email: string
  name: string
  passwordHash: string
  role: Role
}>

/** Whether anybody can sign in here yet. */
export async function hasMembers(): Promise<boolean> {
  const { rowCount } = await readUnbound("SELECT 1 FROM membership LIMIT 1")

  return rowCount === 1
}

/** Adds people with a role in the whole agency, all or none, in one statement. */
export async function insertMembers(agencyId: string, members: readonly NewMember[]): Promise<void> {
  await writeUnbound(
    `WITH given AS (
      SELECT * FROM jsonb_to_recordset($2::jsonb) AS m(
        "personId" text, "membershipId" text, email text, name text, "passwordHash" text, role text)
    ), person_row AS (
      INSERT INTO person (person_id, email, name, password_hash, created_at)
      SELECT "personId", lower(email), name, "passwordHash", clock_timestamp() FROM given
    )
    INSERT INTO membership (membership_id, agency_id, person_id, role, created_at)
    SELECT "membershipId", $1, "personId", role, clock_timestamp() FROM given`,
    [agencyId, JSON.stringify(members)],
  )
}

/** A membership that has not ended, or null. Whether the asker may know of it is not asked here. */
export async function findMembership(membershipId: string): Promise<Membership | null> {
  const { rows } = await readUnbound<Membership>(
    `SELECT membership_id AS "membershipId", agency_id AS "agencyId", tenant_id AS "tenantId",
       person_id AS "personId", role
     FROM membership WHERE membership_id = $1 AND ended_at IS NULL`,
    [membershipId],
  )

  return rows[0] ?? null
}

/** Of two changes to an agency's people the second sees the first. */
export async function lockAgency(db: MemberDb, agencyId: string): Promise<void> {
  await db.sql`SELECT 1 FROM agency WHERE agency_id = ${agencyId} FOR UPDATE`
}

/** The roles that a person holds in a place at this moment, through the agency or directly. */
export async function rolesNow(
  db: MemberDb,
  personId: string,
  { agencyId, tenantId }: Place,
): Promise<readonly Role[]> {
  const { rows } = await db.sql<{ role: Role }>`
    SELECT DISTINCT m.role FROM membership m JOIN person p USING (person_id)
    WHERE m.person_id = ${personId} AND m.agency_id = ${agencyId} AND m.ended_at IS NULL
      AND p.disabled_at IS NULL AND (m.tenant_id IS NULL OR m.tenant_id = ${tenantId})`

  return rows.map(({ role }) => role)
}

/** A membership with its person, as views show it. */
export type MemberRow = Membership &
  Readonly<{ name: string; email: string; createdAt: Date; endedAt: Date | null }>

/** A membership of this place that has not ended, locked; null when it is gone. */
export async function lockMember(
  db: MemberDb,
  membershipId: string,
  { agencyId, tenantId }: Place,
): Promise<MemberRow | null> {
  const { rows } = await db.sql<MemberRow>`
    SELECT m.membership_id AS "membershipId", m.agency_id AS "agencyId", m.tenant_id AS "tenantId",
      m.person_id AS "personId", m.role, p.name, p.email, m.created_at AS "createdAt", m.ended_at AS "endedAt"
    FROM membership m JOIN person p USING (person_id)
    WHERE m.membership_id = ${membershipId} AND m.ended_at IS NULL
      AND m.agency_id = ${agencyId} AND m.tenant_id IS NOT DISTINCT FROM ${tenantId}
    FOR UPDATE OF m`

  return rows[0] ?? null
}

/** Whether the agency has an owner beside this membership who can sign in. */
export async function hasOtherOwner(db: MemberDb, agencyId: string, membershipId: string): Promise<boolean> {
  const { rowCount } = await db.sql`
    SELECT 1 FROM membership m JOIN person p USING (person_id)
    WHERE m.agency_id = ${agencyId} AND m.tenant_id IS NULL AND m.role = 'owner' AND m.ended_at IS NULL
      AND p.disabled_at IS NULL AND m.membership_id <> ${membershipId}
    LIMIT 1`

  return rowCount > 0
}

export async function saveRole(db: MemberDb, membershipId: string, role: Role): Promise<void> {
  await db.sql`UPDATE membership SET role = ${role} WHERE membership_id = ${membershipId} AND ended_at IS NULL`
}

/** Ends a membership; gives when. */
export async function saveEnd(db: MemberDb, membershipId: string): Promise<Date | null> {
  const { rows } = await db.sql<{ endedAt: Date }>`
    UPDATE membership SET ended_at = clock_timestamp() WHERE membership_id = ${membershipId} AND ended_at IS NULL
    RETURNING ended_at AS "endedAt"`

  return rows[0]?.endedAt ?? null
}

export async function insertMembership(db: MemberDb, member: Membership): Promise<void> {
  await db.sql`
    INSERT INTO membership (membership_id, agency_id, tenant_id, person_id, role, created_at)
    VALUES (${member.membershipId}, ${member.agencyId}, ${member.tenantId}, ${member.personId}, ${member.role},
      clock_timestamp())`
}

/** Whether somebody with this e-mail has a role in exactly this place. */
export async function isMemberByEmail(
  db: MemberDb,
  email: string,
  { agencyId, tenantId }: Place,
): Promise<boolean> {
  const { rowCount } = await db.sql`
    SELECT 1 FROM membership m JOIN person p USING (person_id)
    WHERE p.email = ${email} AND m.agency_id = ${agencyId} AND m.ended_at IS NULL
      AND m.tenant_id IS NOT DISTINCT FROM ${tenantId}`

  return rowCount > 0
}

/** The members of the whole agency, who reach into each of its tenants. */
export async function agencyWideMembers(db: MemberDb, agencyId: string): Promise<readonly Membership[]> {
  const { rows } = await db.sql<Membership>`
    SELECT membership_id AS "membershipId", agency_id AS "agencyId", tenant_id AS "tenantId",
      person_id AS "personId", role
    FROM membership WHERE agency_id = ${agencyId} AND tenant_id IS NULL AND ended_at IS NULL
    ORDER BY membership_id`

  return rows
}
