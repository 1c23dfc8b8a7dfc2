import { inTenant, type TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import type { Idempotency, PriorCreate } from "./idempotency"

/** A create as its idempotency row names it. */
export type NamedCreate = Readonly<{ keyId: string; route: string; idempotency: Idempotency }>

/**
 * The id of what the same create made before, or null.
 *
 * @throws AppError `idempotency_mismatch` when its body was another
 */
export async function findPriorId(tenantId: string, create: NamedCreate): Promise<string | null> {
  const { keyId, route, idempotency } = create
  const prior = await inTenant(tenantId, async (db) => {
    const { rows } = await db.sql<{ prior: PriorCreate | null }>`
      SELECT idempotency_prior(${tenantId}, ${keyId}, ${route}, ${idempotency.keyMac}, ${idempotency.bodyMac}) AS prior`
    return rows[0]?.prior ?? null
  })
  if (prior?.code !== undefined) throw new AppError(prior.code)

  return prior?.resourceId ?? null
}

/**
 * Claims the idempotency key for what this transaction creates.
 *
 * @throws AppError `idempotency_in_flight` when another request got there first
 */
export async function claimIdempotency(
  db: TenantDb,
  create: NamedCreate,
  made: Readonly<{ status: number; resourceId: string }>,
): Promise<void> {
  const { keyId, route, idempotency } = create
  const { rows } = await db.sql<{ claimed: boolean }>`
    SELECT idempotency_claim(
      ${db.tenantId}, ${keyId}, ${route}, ${idempotency.keyMac}, ${idempotency.bodyMac}, ${made.status},
      ${made.resourceId}) AS claimed`
  if (rows[0]?.claimed !== true) throw new AppError("idempotency_in_flight")
}
