import type { KeyActor } from "@/lib/access/actor"
import type { TenantDb } from "@/lib/db/tenant-db"
import type { RunStatus } from "./run"

/** How long a run token is good for, in seconds (SPEC 6). */
export const runTokenSeconds = 15 * 60

/** How many lines of tokens, each begun by a key, one run can have; the oldest goes first. */
const chainsMax = 16

/** A token to be added. `chainId` is the first one of the line it belongs to: itself when a key begins one. */
export type NewRunToken = Readonly<{
  tokenId: string
  chainId: string
  publicId: string
  secretMac: Uint8Array
  runId: string
  keyId: string
}>

/** Locks a run that the key reaches, against closing and against other tokens; null when there is none. */
export async function lockRun(db: TenantDb, key: KeyActor, runId: string): Promise<RunStatus | null> {
  const { rows } = await db.sql<{ status: RunStatus }>`
    SELECT status FROM run
    WHERE tenant_id = ${db.tenantId} AND run_id = ${runId} AND environment = ANY (${[...key.environments]}::text[])
      AND run_id = coalesce(${key.token?.runId ?? null}, run_id)
    FOR NO KEY UPDATE`

  return rows[0]?.status ?? null
}

/** The line that a token belongs to, or null when it has ended since it was presented. */
export async function findChain(db: TenantDb, tokenId: string): Promise<string | null> {
  const { rows } = await db.sql<{ chainId: string }>`
    SELECT chain_id AS "chainId" FROM run_token
    WHERE tenant_id = ${db.tenantId} AND token_id = ${tokenId} AND expires_at > clock_timestamp()`

  return rows[0]?.chainId ?? null
}

/**
 * Adds a token to a run whose row the caller has locked, and ends those that it
 * makes too many: of one line the newest lives and the one before it.
 */
export async function insertRunToken(db: TenantDb, token: NewRunToken): Promise<Date> {
  await endOlder(db, token)
  const { rows } = await db.sql<{ expiresAt: Date }>`
    INSERT INTO run_token (
      tenant_id, token_id, chain_id, public_id, secret_mac, run_id, key_id, issued_at, expires_at
    ) VALUES (
      ${db.tenantId}, ${token.tokenId}, ${token.chainId}, ${token.publicId}, ${token.secretMac}, ${token.runId},
      ${token.keyId}, clock_timestamp(), clock_timestamp() + make_interval(secs => ${runTokenSeconds})
    )
    RETURNING expires_at AS "expiresAt"`
  const [added] = rows
  if (added === undefined) throw new Error("An insert gave no row.")

  return added.expiresAt
}

async function endOlder(db: TenantDb, { runId, chainId }: NewRunToken): Promise<void> {
  await db.sql`
    DELETE FROM run_token WHERE tenant_id = ${db.tenantId} AND token_id IN (
      SELECT token_id FROM (
        SELECT token_id, chain_id, expires_at, max(token_id) OVER (PARTITION BY chain_id) AS newest,
          dense_rank() OVER (ORDER BY chain_id DESC) AS place
        FROM run_token WHERE tenant_id = ${db.tenantId} AND run_id = ${runId}
      ) AS of_run
      WHERE expires_at <= clock_timestamp() OR place > ${chainsMax}
        OR (chain_id = ${chainId} AND token_id <> newest))`
}
