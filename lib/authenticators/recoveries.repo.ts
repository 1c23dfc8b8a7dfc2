import type { TenantDb } from "@/lib/db/tenant-db"
import { readUnbound } from "@/lib/db/unbound"
import { recoveryHours, type Recovery, type RecoveryStatus } from "./recovery"

/** A transaction, whatever it is bound to: people stand above tenants. */
type AnyDb = Pick<TenantDb, "sql">

const select = `
  SELECT r.recovery_id AS "recoveryId", r.membership_id AS "membershipId", r.person_id AS "personId", p.name, m.role,
    m.agency_id AS "agencyId", m.tenant_id AS "tenantId", r.asked_by_id AS "askedById", a.name AS "askedByName",
    r.asked_at AS "askedAt", r.expires_at AS "expiresAt", r.first_admin_id AS "firstAdminId",
    f.name AS "firstAdminName", s.name AS "secondAdminName",
    CASE WHEN r.status = 'open' AND r.expires_at <= clock_timestamp() THEN 'expired' ELSE r.status END AS status,
    r.ended_at AS "endedAt"
  FROM authenticator_recovery r
  JOIN membership m USING (membership_id)
  JOIN person p ON p.person_id = r.person_id
  JOIN person a ON a.person_id = r.asked_by_id
  LEFT JOIN person f ON f.person_id = r.first_admin_id
  LEFT JOIN person s ON s.person_id = r.second_admin_id`

/** Recoveries of a person, or of who has a part in these places: what waits, and what ended within a week. */
export async function listRecoveries(
  about: Readonly<{ personId: string; agencyIds: readonly string[]; tenantIds: readonly string[] }>,
): Promise<readonly Recovery[]> {
  const { rows } = await readUnbound<Recovery>(
    `${select}
     WHERE (r.person_id = $1 OR m.agency_id = ANY ($2::text[]) OR m.tenant_id = ANY ($3::text[]))
       AND (r.status = 'open' AND r.expires_at > clock_timestamp()
         OR coalesce(r.ended_at, r.expires_at) > clock_timestamp() - interval '7 days')
     ORDER BY r.recovery_id DESC LIMIT 100`,
    [about.personId, about.agencyIds, about.tenantIds],
  )

  return rows
}

/** A recovery by its id; whether the asker may know of it is not asked here. */
export async function findRecovery(recoveryId: string): Promise<Recovery | null> {
  const { rows } = await readUnbound<Recovery>(`${select} WHERE r.recovery_id = $1`, [recoveryId])

  return rows[0] ?? null
}

/** The part through which a recovery that a person asks for is handled: the widest they have. */
export async function partOf(db: AnyDb, personId: string): Promise<string | null> {
  const { rows } = await db.sql<{ id: string }>`
    SELECT membership_id AS id FROM membership WHERE person_id = ${personId} AND ended_at IS NULL
    ORDER BY tenant_id IS NULL DESC, membership_id LIMIT 1`

  return rows[0]?.id ?? null
}

export type NewRecovery = Readonly<{
  recoveryId: string
  personId: string
  membershipId: string
  askedById: string
  firstAdminId: string | null
}>

/** False where one of the person waits already. */
export async function insertRecovery(db: AnyDb, made: NewRecovery): Promise<boolean> {
  await db.sql`
    UPDATE authenticator_recovery SET status = 'expired', ended_at = expires_at
    WHERE person_id = ${made.personId} AND status = 'open' AND expires_at <= clock_timestamp()`
  const { rowCount } = await db.sql`
    INSERT INTO authenticator_recovery (
      recovery_id, person_id, membership_id, asked_by_id, asked_at, expires_at, first_admin_id)
    SELECT ${made.recoveryId}::text, ${made.personId}::text, ${made.membershipId}::text, ${made.askedById}::text, now,
      now + make_interval(hours => ${recoveryHours}), ${made.firstAdminId}::text
    FROM clock_timestamp() AS now
    ON CONFLICT (person_id) WHERE status = 'open' DO NOTHING`

  return rowCount === 1
}

/** The first administrator of a recovery that still waits, its row locked; undefined when it waits no more. */
export async function lockOpen(db: AnyDb, recoveryId: string): Promise<string | null | undefined> {
  const { rows } = await db.sql<{ firstAdminId: string | null }>`
    SELECT first_admin_id AS "firstAdminId" FROM authenticator_recovery
    WHERE recovery_id = ${recoveryId} AND status = 'open' AND expires_at > clock_timestamp() FOR UPDATE`

  return rows[0]?.firstAdminId ?? (rows.length === 0 ? undefined : null)
}

export async function saveFirst(db: AnyDb, recoveryId: string, adminId: string): Promise<void> {
  await db.sql`UPDATE authenticator_recovery SET first_admin_id = ${adminId} WHERE recovery_id = ${recoveryId}`
}

export async function saveDone(db: AnyDb, recoveryId: string, adminId: string): Promise<void> {
  await db.sql`
    UPDATE authenticator_recovery
    SET second_admin_id = ${adminId}, status = 'done', ended_by_id = ${adminId}, ended_at = clock_timestamp()
    WHERE recovery_id = ${recoveryId}`
}

export async function saveEnded(
  db: AnyDb,
  recoveryId: string,
  ended: Readonly<{ status: RecoveryStatus; byId: string }>,
): Promise<void> {
  await db.sql`
    UPDATE authenticator_recovery SET status = ${ended.status}, ended_by_id = ${ended.byId}, ended_at = clock_timestamp()
    WHERE recovery_id = ${recoveryId}`
}
