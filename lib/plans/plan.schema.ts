import { z } from "zod"
import { approvalStatuses, voteDecisions } from "@/lib/approvals/approval"
import { ReasonText, Sha256, Time } from "@/lib/approvals/approval.schema"
import { ToolCallBody } from "@/lib/calls/call.schema"
import { IdText } from "@/lib/kernel/id.schema"
import { tiers } from "@/lib/tools/tool"
import { planStatuses, planUseWithinSeconds } from "./plan"

/** How many calls a plan may have. */
export const planCallsMax = 50

const PlannedCall = ToolCallBody.omit({ runId: true })

export const CreatePlanBody = z.strictObject({
  runId: IdText,
  reason: ReasonText.optional(),
  useWithinSeconds: z.int().min(60).max(86_400).default(planUseWithinSeconds),
  calls: z.array(PlannedCall).min(1).max(planCallsMax),
})
export type CreatePlanBody = z.infer<typeof CreatePlanBody>

const Tool = z.strictObject({ server: z.string(), name: z.string(), version: z.string() })

/** One call of a plan that people decide on: an approval, without its content. */
export const PlanItem = z.strictObject({
  /** Its place among all calls of the plan, from 0. */
  index: z.int(),
  approvalId: z.string(),
  changeHash: Sha256,
  status: z.enum(approvalStatuses),
  tool: Tool,
  tier: z.enum(tiers),
  sentence: z.string(),
  effects: z.array(z.string()),
  flags: z.array(z.string()),
  expiresAt: Time,
  useBy: Time.nullable(),
  reviewUrl: z.string(),
})

export const Plan = z.strictObject({
  planId: z.string(),
  tenantId: z.string(),
  runId: z.string(),
  planHash: Sha256,
  status: z.enum(planStatuses),
  reason: z.string().nullable(),
  createdAt: Time,
  /** When the first of its items expires that nobody has decided on. */
  expiresAt: Time,
  useWithinSeconds: z.int(),
  items: z.array(PlanItem),
  /** The calls that nobody has to approve. They are asked for as ever when they are made. */
  free: z.array(z.strictObject({ index: z.int(), tool: Tool })),
  reviewUrl: z.string(),
})
export type Plan = z.infer<typeof Plan>

export const PlanList = z.strictObject({ items: z.array(Plan), nextCursor: z.string().nullable() })

export const PlanListQuery = z.strictObject({
  runId: IdText.optional(),
  tenantId: IdText.optional(),
  status: z.enum(planStatuses).optional(),
  cursor: IdText.optional(),
})
export type PlanListQuery = z.infer<typeof PlanListQuery>

export const PlanVoteBody = z.strictObject({
  decision: z.enum(voteDecisions),
  planHash: Sha256,
  reason: ReasonText.optional(),
  /** The items that are decided on, each of which has to wait still; without it, all that wait. */
  approvalIds: z.array(IdText).min(1).max(planCallsMax).optional(),
  /** With a denial: ends the run that asked, with all that waits in it. */
  stopRun: z.literal(true).optional(),
})
export type PlanVoteBody = z.infer<typeof PlanVoteBody>
