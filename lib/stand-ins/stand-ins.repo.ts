import type { PersonDb } from "@/lib/db/tenant-db"
import { readUnbound } from "@/lib/db/unbound"
import type { StandIn } from "./stand-in"

const select = `
  SELECT s.stand_in_id AS "standInId", s.agency_id AS "agencyId", s.absent_id AS "absentId", a.name AS "absentName",
    s.person_id AS "personId", p.name AS "personName", s.starts_at AS "startsAt", s.ends_at AS "endsAt",
    s.ended_at AS "endedAt", concerned_tenants(s.agency_id, s.absent_id) AS "tenantIds"
  FROM stand_in s
  JOIN person a ON a.person_id = s.absent_id
  JOIN person p ON p.person_id = s.person_id`

/** Those of a person, and of the agencies: what is planned or lasts, and what ended within a week. */
export async function listStandIns(
  personId: string,
  agencyIds: readonly string[],
): Promise<readonly StandIn[]> {
  const { rows } = await readUnbound<StandIn>(
    `${select}
     WHERE (s.absent_id = $1 OR s.person_id = $1 OR s.agency_id = ANY ($2::text[]))
       AND least(s.ends_at, s.ended_at) > clock_timestamp() - interval '7 days'
     ORDER BY s.stand_in_id DESC LIMIT 200`,
    [personId, agencyIds],
  )

  return rows
}

/** One by its id; whether the asker may know of it is not asked here. */
export async function findStandIn(standInId: string): Promise<StandIn | null> {
  const { rows } = await readUnbound<StandIn>(`${select} WHERE s.stand_in_id = $1`, [standInId])

  return rows[0] ?? null
}

type Possible = Readonly<{ agencyId: string; personId: string; name: string; email: string }>

/** Who can stand in for a person in these agencies, by name. */
export async function listPossible(
  absentId: string,
  agencyIds: readonly string[],
): Promise<readonly Possible[]> {
  const { rows } = await readUnbound<Possible>(
    `SELECT agency_id AS "agencyId", possible.person_id AS "personId", possible.name, possible.email
     FROM unnest($2::text[]) AS agency_id
     CROSS JOIN LATERAL possible_stand_ins(agency_id, $1) AS possible LIMIT 500`,
    [absentId, agencyIds],
  )

  return rows
}

/** The tenants of an agency in which the person of the transaction votes. */
export async function concernedTenants(db: PersonDb, agencyId: string): Promise<readonly string[]> {
  const { rows } = await db.sql<{ tenantIds: readonly string[] }>`
    SELECT concerned_tenants(${agencyId}, ${db.personId}) AS "tenantIds"`

  return rows[0]?.tenantIds ?? []
}

/** Whether somebody can stand in for the person of the transaction at this moment. */
export async function isPossible(db: PersonDb, agencyId: string, personId: string): Promise<boolean> {
  const { rowCount } = await db.sql`
    SELECT 1 FROM possible_stand_ins(${agencyId}, ${db.personId}) WHERE person_id = ${personId}`

  return rowCount > 0
}

type NewStandIn = Pick<StandIn, "standInId" | "agencyId" | "personId" | "startsAt" | "endsAt">

/** Names a stand-in for the person of the transaction; false where one is named already. */
export async function insertStandIn(db: PersonDb, made: NewStandIn): Promise<boolean> {
  await db.sql`
    UPDATE stand_in SET ended_at = ends_at
    WHERE absent_id = ${db.personId} AND agency_id = ${made.agencyId} AND ended_at IS NULL
      AND ends_at <= clock_timestamp()`
  const { rowCount } = await db.sql`
    INSERT INTO stand_in (stand_in_id, agency_id, absent_id, person_id, starts_at, ends_at, named_at)
    VALUES (${made.standInId}, ${made.agencyId}, ${db.personId}, ${made.personId}, ${made.startsAt}, ${made.endsAt},
      clock_timestamp())
    ON CONFLICT (agency_id, absent_id) WHERE ended_at IS NULL DO NOTHING`

  return rowCount === 1
}

/** Ends what has not ended; false where it has. */
export async function saveEnded(db: PersonDb, standInId: string, byId: string): Promise<boolean> {
  const { rowCount } = await db.sql`
    UPDATE stand_in SET ended_at = clock_timestamp(), ended_by_id = ${byId}
    WHERE stand_in_id = ${standInId} AND absent_id = ${db.personId} AND ended_at IS NULL
      AND ends_at > clock_timestamp()`

  return rowCount === 1
}
