import type { KeyActor } from "@/lib/access/actor"
import type { Scope } from "@/lib/access/permissions"
import { hotCall } from "@/lib/db/hot-call"
import type { TenantDb } from "@/lib/db/tenant-db"
import type { KeyMode } from "./api-key"
import { keyArguments, type KeyCredential } from "./credential"

type LiveKey = Readonly<{
  tenant_id: string
  /** Null, like everything else, when there is no live key. */
  key_id: string | null
  family_id: string
  owner_id: string
  created_by_id: string
  environments: string[]
  scopes: Scope[]
  run_id: string | null
  token_id: string | null
}>

/**
 * The live key behind a credential, itself or by a run token, or null. One
 * round trip; nothing is cached, so a revoked key is dead at once.
 */
export async function findLiveKey(credential: KeyCredential): Promise<KeyActor | null> {
  const row = await hotCall<LiveKey>("find_live_key", keyArguments(credential), "read")
  if (row?.key_id == null) return null

  return {
    kind: "key",
    tenantId: row.tenant_id,
    keyId: row.key_id,
    familyId: row.family_id,
    ownerId: row.owner_id,
    createdById: row.created_by_id,
    environments: row.environments,
    scopes: row.scopes,
    token: row.run_id === null || row.token_id === null ? null : { tokenId: row.token_id, runId: row.run_id },
  }
}

export type NewKey = Readonly<{
  keyId: string
  publicId: string
  name: string
  mode: KeyMode
  secretMac: Uint8Array
  environments: readonly string[]
  scopes: readonly Scope[]
  /** Ranges it may be used from; anywhere when there are none. */
  addresses?: readonly string[]
  /** The first key of its line and the one that it replaces; none for a first key. */
  rotation?: Readonly<{ familyId: string; rotatedFromId: string }>
  ownerId: string
  createdById: string
  expiresAt: Date
}>

export async function insertKey(db: TenantDb, key: NewKey): Promise<void> {
  await db.sql`
    INSERT INTO api_key (
      tenant_id, key_id, public_id, name, mode, secret_mac, environments, scopes, addresses, family_id,
      rotated_from_id, owner_id, created_by_id, created_at, expires_at
    ) VALUES (
      ${db.tenantId}, ${key.keyId}, ${key.publicId}, ${key.name}, ${key.mode}, ${key.secretMac},
      ${[...key.environments]}::text[], ${[...key.scopes]}::text[], ${[...(key.addresses ?? [])]}::text[],
      ${key.rotation?.familyId ?? null}, ${key.rotation?.rotatedFromId ?? null}, ${key.ownerId}, ${key.createdById},
      clock_timestamp(), ${key.expiresAt})`
}
