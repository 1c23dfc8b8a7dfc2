import { partsMax } from "@deltaseal/guard/change"
import { z } from "zod"
import { ApprovalPartView, ReasonText, Sha256 } from "@/lib/approvals/approval.schema"
import { StepUpAnswer } from "@/lib/approvals/step-up.schema"
import { DiffView, Envelope } from "@/lib/changes/change.schema"

/** Some parts of the change that the page shows, by their positions from 1. */
export const PartialChoice = z.strictObject({
  changeHash: Sha256,
  parts: z
    .array(z.int().min(1).max(partsMax))
    .max(partsMax)
    .refine((parts) => new Set(parts).size === parts.length, "Name each part once."),
})
export type PartialChoice = z.infer<typeof PartialChoice>

/** `derivedHash`: of the change that these parts alone are, as the preview gave it. */
export const PartialBody = PartialChoice.extend({
  derivedHash: Sha256,
  reason: ReasonText.optional(),
  stepUp: StepUpAnswer.optional(),
})
export type PartialBody = z.infer<typeof PartialBody>

export const PartialStepUpBody = PartialChoice.extend({ derivedHash: Sha256 })
export type PartialStepUpBody = z.infer<typeof PartialStepUpBody>

/** What would be approved, as its own approval would show it. */
export const PartialPreview = z.strictObject({
  approvalId: z.string(),
  derivedHash: Sha256,
  hashWords: z.array(z.string()),
  /** The positions that are in it and those that are left out, in the change it is made of. */
  positions: z.array(z.int()),
  leftOut: z.array(z.int()),
  envelope: Envelope,
  diff: DiffView,
  sentence: z.string(),
  effects: z.array(z.string()),
  flags: z.array(z.string()),
  parts: z.array(ApprovalPartView),
  stepUpRequired: z.boolean(),
  reasonRequired: z.literal(true),
})
export type PartialPreview = z.infer<typeof PartialPreview>
