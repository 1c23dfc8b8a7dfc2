import type { Role } from "@/lib/access/permissions"
import { runtime } from "@/lib/env/runtime"

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
  const { rowCount } = await runtime().pool.query("SELECT 1 FROM membership LIMIT 1")

  return rowCount === 1
}

/** Adds people with a role in the whole agency, all or none, in one statement. */
export async function insertMembers(agencyId: string, members: readonly NewMember[]): Promise<void> {
  await runtime().pool.query(
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
