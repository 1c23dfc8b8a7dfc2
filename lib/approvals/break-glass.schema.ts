import { z } from "zod"

const Time = z.iso.datetime()
const Person = z.strictObject({ personId: z.string(), name: z.string() })

/** A break-glass that waits for its second administrator, or by which an approval was approved (SPEC 4.3). */
export const BreakGlassView = z.strictObject({
  status: z.enum(["open", "approved"]),
  by: Person,
  reason: z.string(),
  at: Time,
  /** Until when it can be confirmed. */
  expiresAt: Time,
  confirmedBy: Person.nullable(),
  confirmReason: z.string().nullable(),
  confirmedAt: Time.nullable(),
})
export type BreakGlassView = z.infer<typeof BreakGlassView>

/** One that everybody in the tenant is told of. */
export const BreakGlassNotice = z.strictObject({
  breakGlassId: z.string(),
  approvalId: z.string(),
  tenantId: z.string(),
  tenantName: z.string(),
  sentence: z.string(),
  by: Person,
  confirmedBy: Person,
  reason: z.string(),
  at: Time,
})
export type BreakGlassNotice = z.infer<typeof BreakGlassNotice>

export const BreakGlassNoticeList = z.strictObject({ items: z.array(BreakGlassNotice), nextCursor: z.null() })
