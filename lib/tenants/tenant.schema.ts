import { z } from "zod"
import { IdText } from "@/lib/kernel/id.schema"
import { NameText } from "@/lib/kernel/name.schema"
import { ReasonText } from "@/lib/stops/stop.schema"
import type { TenantRow } from "./tenants.repo"

export const tenantStatuses = ["active", "suspended"] as const

/** One client of an agency. */
export const TenantView = z.strictObject({
  tenantId: z.string(),
  agencyId: z.string(),
  name: z.string(),
  status: z.enum(tenantStatuses),
  createdAt: z.iso.datetime(),
  policyVersion: z.int(),
})
export type TenantView = z.infer<typeof TenantView>

export const TenantList = z.strictObject({ items: z.array(TenantView), nextCursor: z.string().nullable() })
export type TenantList = z.infer<typeof TenantList>

/** `agencyId` may be left out by who acts in one agency. */
export const CreateTenantBody = z.strictObject({ name: NameText, agencyId: IdText.optional() })
export type CreateTenantBody = z.infer<typeof CreateTenantBody>

export const ChangeTenantBody = z
  .strictObject({
    name: NameText.optional(),
    status: z.enum(tenantStatuses).optional(),
    /** Why it is suspended, as everybody in it reads it above every page. */
    reason: ReasonText.optional(),
  })
  .refine((body) => body.name !== undefined || body.status !== undefined, "Name what to change.")
  .refine((body) => body.reason === undefined || body.status === "suspended", {
    message: "A reason says why a client is suspended.",
    path: ["reason"],
  })
export type ChangeTenantBody = z.infer<typeof ChangeTenantBody>

export function toTenantView(row: TenantRow): TenantView {
  const { tenantId, agencyId, name, status, policyVersion, createdAt } = row

  return {
    tenantId,
    agencyId,
    name,
    // Whatever we do not know is not one that may act.
    status: status === "active" ? "active" : "suspended",
    createdAt: createdAt.toISOString(),
    policyVersion,
  }
}
