import { z } from "zod"
import { ApprovalView, PolicyCheckView, ReasonText } from "@/lib/approvals/approval.schema"
import { ProposedParts } from "@/lib/changes/change.schema"
import { IdText } from "@/lib/kernel/id.schema"
import { ToolName, ToolVersion } from "@/lib/kernel/name.schema"

export const ToolCallBody = z.strictObject({
  runId: IdText,
  tool: z.strictObject({ server: ToolName, name: ToolName, version: ToolVersion }),
  input: z.custom<unknown>((value) => value !== undefined, "An input is required."),
  change: ProposedParts.optional(),
  reason: ReasonText.optional(),
  dryRun: z.boolean().optional(),
})
export type ToolCallBody = z.infer<typeof ToolCallBody>

export const AllowedCall = z.strictObject({
  callId: z.string(),
  decision: z.literal("allow"),
  executionId: z.string(),
  permit: z.string(),
  matchedRule: z.string().nullable(),
  checks: z.array(PolicyCheckView),
})

export const PendingCall = z.strictObject({
  callId: z.string(),
  decision: z.literal("pending"),
  approval: ApprovalView,
})
