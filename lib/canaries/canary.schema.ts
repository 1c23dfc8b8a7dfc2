import { z } from "zod"
import { IdText } from "@/lib/kernel/id.schema"
import { canaryPeriods } from "./canary"

const Time = z.iso.datetime()
const Count = z.int().nonnegative()

/** What is wrong with one. */
export const DeviationView = z.enum(["foreign_line", "foreign_address", "hundredfold", "switched", "emptied"])

/** One that was put before people and has ended. */
export const CanaryView = z.strictObject({
  canaryId: z.string(),
  approvalId: z.string(),
  /** `dropped`: it ended without anybody's decision. */
  status: z.enum(["denied", "approved", "expired", "dropped"]),
  deviation: DeviationView,
  /** What was wrong with it. */
  words: z.string(),
  /** The approval that it was made of. */
  sourceApprovalId: z.string(),
  endedAt: Time,
})
export type CanaryView = z.infer<typeof CanaryView>

/** Null: the approval is none that has ended, which says nothing of one that has not. */
export const CanaryOfApproval = z.strictObject({ canary: CanaryView.nullable() })

/** How often canaries appear in a client, and what became of them. */
export const CanariesView = z.strictObject({
  tenantId: z.string(),
  /** About how many days lie between two; null = off. */
  periodDays: z.int().nullable(),
  changedAt: Time.nullable(),
  changedBy: z.strictObject({ personId: z.string(), name: z.string() }).nullable(),
  /** Whether one is planned, or out among what waits: nobody is told which. */
  isUnderWay: z.boolean(),
  /** The latest that have ended, newest first. */
  items: z.array(CanaryView),
})
export type CanariesView = z.infer<typeof CanariesView>

export const CanariesBody = z.strictObject({
  periodDays: z.union(canaryPeriods.map((days) => z.literal(days))).nullable(),
})
export type CanariesBody = z.infer<typeof CanariesBody>

/** One that a person voted on and has not said they read of. */
export const CanaryNotice = z.strictObject({
  canaryId: z.string(),
  approvalId: z.string(),
  tenantId: z.string(),
  tenantName: z.string(),
  /** What the change said it was. */
  sentence: z.string(),
  words: z.string(),
  deviation: DeviationView,
  /** Whether this person's own vote would have let it through. */
  isApproved: z.boolean(),
  endedAt: Time,
})
export type CanaryNotice = z.infer<typeof CanaryNotice>

export const CanaryNoticeList = z.strictObject({ items: z.array(CanaryNotice), nextCursor: z.null() })

/** What became of those of a period in one client. */
export const CanaryCounts = z.strictObject({
  tenantId: z.string(),
  name: z.string(),
  denied: Count,
  approved: Count,
  expired: Count,
  /** How those that were approved went wrong, the most frequent first. */
  through: z.array(z.strictObject({ deviation: DeviationView, count: Count })),
})
export type CanaryCounts = z.infer<typeof CanaryCounts>

/** How often one person saw what was wrong, and how often they did not. */
export const OwnCanaryCounts = z.strictObject({ noticed: Count, missed: Count })
export type OwnCanaryCounts = z.infer<typeof OwnCanaryCounts>

export const TenantParams = z.strictObject({ tenantId: IdText })
export const ApprovalParams = z.strictObject({ approvalId: IdText })
