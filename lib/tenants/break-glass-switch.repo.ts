import type { AgencyDb } from "@/lib/db/tenant-db"
import { readUnbound } from "@/lib/db/unbound"

type Switch = Readonly<{ offAt: Date | null; offById: string | null; offByName: string | null }>

/** Where the switch of an agency stands; whether the asker may know of it is not asked here. */
export async function findSwitch(agencyId: string): Promise<Switch | null> {
  const { rows } = await readUnbound<Switch>(
    `SELECT break_glass_off_at AS "offAt", break_glass_off_by_id AS "offById", p.name AS "offByName"
     FROM agency LEFT JOIN person p ON p.person_id = break_glass_off_by_id WHERE agency_id = $1`,
    [agencyId],
  )

  return rows[0] ?? null
}

/** False where it was off before. */
export async function saveOff(db: AgencyDb, personId: string): Promise<boolean> {
  const { rowCount } = await db.sql`
    UPDATE agency SET break_glass_off_at = clock_timestamp(), break_glass_off_by_id = ${personId}
    WHERE agency_id = ${db.agencyId} AND break_glass_off_at IS NULL`

  return rowCount === 1
}
