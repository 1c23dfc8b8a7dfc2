import { z } from "zod"
import { FieldsDiff, UnifiedDiff } from "@/lib/changes/change.schema"
import { ApprovalView } from "./approval.schema"

/** A request that stood at one of the same targets before. */
const EarlierApproval = ApprovalView.pick({
  approvalId: true,
  runId: true,
  status: true,
  requestedAt: true,
  decidedAt: true,
  endedBecause: true,
  votes: true,
  reviewUrl: true,
})

const PartInterdiff = z.strictObject({
  position: z.int().meta({ description: "From 1, in the order of the approval's parts." }),
  earlierApprovalId: z.string(),
  isSameBefore: z.boolean().meta({ description: "Both start from the same state of the target." }),
  result: z.enum(["same", "different", "not_compared"]),
  why: z
    .enum(["too_large", "erased"])
    .nullable()
    .meta({ description: "Why it was not compared; null when it was." }),
  diff: z
    .discriminatedUnion("type", [UnifiedDiff, FieldsDiff])
    .nullable()
    .meta({ description: "From what would have been left then to what would be left now." }),
  added: z.int(),
  removed: z.int(),
  hiddenCharacters: z.int(),
  isWhole: z.boolean().meta({ description: "Shown as a whole replacement: there is too much to compare." }),
})

/**
 * What changed since the same targets were last decided on, or asked for
 * (SPEC 4.2.8). Parts whose target nobody asked for before are left out.
 */
export const InterdiffView = z.strictObject({
  approvalId: z.string(),
  earlier: z.array(EarlierApproval).meta({ description: "Each once, newest first." }),
  parts: z.array(PartInterdiff),
})
export type InterdiffView = z.infer<typeof InterdiffView>
export type EarlierApproval = z.infer<typeof EarlierApproval>
export type PartInterdiff = z.infer<typeof PartInterdiff>
