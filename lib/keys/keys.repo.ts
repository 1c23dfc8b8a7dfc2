import type { KeyActor } from "@/lib/access/actor"
import type { Scope } from "@/lib/access/permissions"
import { hotCall } from "@/lib/db/hot-call"
import type { TenantDb } from "@/lib/db/tenant-db"
import { keyArguments, type KeyCredential } from "./credential"

type Principal = Readonly<{
  tenant_id: string
  key_id: string
  owner_id: string
  created_by_id: string
  environments: string[]
  scopes: Scope[]
}>

/** The live key behind a credential, or null. One round trip; nothing is cached, so a revoked key is dead at once. */
export async function findLiveKey(credential: KeyCredential): Promise<KeyActor | null> {
  const row = await hotCall<Principal>("key_principal", keyArguments(credential), "read")
  if (row === null) return null

  return {
    kind: "key",
    tenantId: row.tenant_id,
    keyId: row.key_id,
    ownerId: row.owner_id,
    createdById: row.created_by_id,
    environments: row.environments,
    scopes: row.scopes,
  }
}

export type NewKey = Readonly<{
  keyId: string
  publicId: string
  name: string
  mode: "live" | "test"
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
