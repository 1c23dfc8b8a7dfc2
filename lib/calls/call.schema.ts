import { z } from "zod"
import { ApprovalView, ReasonText } from "@/lib/approvals/approval.schema"
import { ProposedParts } from "@/lib/changes/change.schema"

const ToolName = z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/)

export const ToolCallBody = z.strictObject({
  runId: z.string().max(64),
  tool: z.strictObject({ server: ToolName, name: ToolName, version: z.string().min(1).max(128) }),
  input: z.custom<unknown>((value) => value !== undefined, "An input is required."),
  change: ProposedParts.optional(),
  reason: ReasonText.optional(),
  dryRun: z.literal(false).optional(),
})
export type ToolCallBody = z.infer<typeof ToolCallBody>

export const AllowedCall = z.strictObject({
  callId: z.string(),
  decision: z.literal("allow"),
  executionId: z.string(),
  permit: z.string(),
})

export const PendingCall = z.strictObject({
  callId: z.string(),
  decision: z.literal("pending"),
  approval: ApprovalView,
})
