import type { AuditEvent } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { findAllowance, lockTool, saveAllowance, setTier, type Place } from "./managed-tools.repo"
import type { Tier, ToolRef } from "./tool"
import { toolEvent } from "./tool-event"

/** Who asked for a loosening, who agreed (null = the clock), and under which proposal. */
export type Agreed = Readonly<{ proposalId: string; proposedById: string; approvedById: string | null }>

/** The tier of an accepted tool and what it is pinned to; null when nobody has accepted it. */
export async function tierNow(
  db: TenantDb,
  ref: ToolRef,
): Promise<Readonly<{ tier: Tier; definitionHash: string }> | null> {
  const tool = await lockTool(db, ref)
  if (tool === null || tool.pinnedById === null || tool.tier === null) return null

  return { tier: tool.tier, definitionHash: tool.definitionHash }
}

export async function applyTier(
  db: TenantDb,
  ref: ToolRef,
  tier: Tier,
  { proposalId, proposedById, approvedById }: Agreed,
): Promise<AuditEvent> {
  const before = await tierNow(db, ref)
  await setTier(db, ref, tier)

  const plain = { tier, tierBefore: before?.tier ?? null, isLowered: true }
  return toolEvent("tool.changed", db.tenantId, ref, {
    plain: { ...plain, proposalId, proposedById, approvedById },
  })
}

/** Which fields a tool may change in an environment; null when it is not allowed there. */
export async function allowanceNow(
  db: TenantDb,
  place: Place,
): Promise<Readonly<{ patchPaths: readonly string[] | null }> | null> {
  return findAllowance(db, place)
}

export async function applyAllowance(
  db: TenantDb,
  place: Place,
  { patchPaths, proposalId, proposedById, approvedById }: Agreed & { patchPaths: readonly string[] | null },
): Promise<AuditEvent> {
  await saveAllowance(db, place, { patchPaths, allowedById: proposedById })

  return toolEvent("tool.allowed", db.tenantId, place, {
    plain: { environment: place.environment, proposalId, proposedById, approvedById },
    secret: { patchPaths: patchPaths === null ? null : JSON.stringify(patchPaths) },
  })
}
