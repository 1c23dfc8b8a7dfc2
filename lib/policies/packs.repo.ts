import type { AgencyDb } from "@/lib/db/tenant-db"

/** Packs stand above tenants: a transaction about their agency, which it has locked, reads and writes them. */
type PackDb = Pick<AgencyDb, "agencyId" | "sql">

/** A pack in one of its versions, as it is stored. Nothing of it ever changes. */
export type StoredPack = Readonly<{
  packId: string
  name: string
  version: number
  document: Uint8Array
  text: string
  digest: string
}>

export async function insertPack(
  db: PackDb,
  pack: Readonly<{ packId: string; name: string; createdById: string }>,
): Promise<void> {
  await db.sql`
    INSERT INTO policy_pack (pack_id, agency_id, name, created_by_id, created_at)
    VALUES (${pack.packId}, ${db.agencyId}, ${pack.name}, ${pack.createdById}, clock_timestamp())`
}

export type NewPackVersion = Omit<StoredPack, "name"> & Readonly<{ note: string; authorId: string }>

export async function insertPackVersion(db: PackDb, version: NewPackVersion): Promise<void> {
  await db.sql`
    INSERT INTO policy_pack_version (pack_id, version, document, text, digest, note, author_id, created_at)
    VALUES (${version.packId}, ${version.version}, ${version.document}, ${version.text}, ${version.digest},
      ${version.note}, ${version.authorId}, clock_timestamp())`
}

/** A pack of this agency in a version, or in its newest; null when there is none. */
export async function findPack(
  db: PackDb,
  packId: string,
  version: number | null,
): Promise<StoredPack | null> {
  const { rows } = await db.sql<StoredPack>`
    SELECT p.pack_id AS "packId", p.name, v.version, v.document, v.text, v.digest
    FROM policy_pack p JOIN policy_pack_version v USING (pack_id)
    WHERE p.agency_id = ${db.agencyId} AND p.pack_id = ${packId}
      AND v.version = coalesce(${version}::int, v.version)
    ORDER BY v.version DESC LIMIT 1`

  return rows[0] ?? null
}

export type NewRollout = Readonly<{
  rolloutId: string
  packId: string
  packVersion: number
  startedById: string
}>

export async function insertRollout(db: PackDb, rollout: NewRollout): Promise<void> {
  await db.sql`
    INSERT INTO policy_rollout (rollout_id, pack_id, pack_version, started_by_id, started_at)
    VALUES (${rollout.rolloutId}, ${rollout.packId}, ${rollout.packVersion}, ${rollout.startedById},
      clock_timestamp())`
}

/** Rolled back more than once, it has the time of the last. */
export async function markRolledBack(db: PackDb, rolloutId: string): Promise<void> {
  await db.sql`UPDATE policy_rollout SET rolled_back_at = clock_timestamp() WHERE rollout_id = ${rolloutId}`
}
