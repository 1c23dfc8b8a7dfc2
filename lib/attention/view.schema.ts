import { z } from "zod"
import { Sha256 } from "@/lib/approvals/approval.schema"

/** What a page had on screen of a change so far. `visibleMs`: how long it was open and visible. */
export const ViewBody = z
  .strictObject({
    changeHash: Sha256,
    visibleMs: z.int().nonnegative().max(2_147_483_647),
    hunksShown: z.int().nonnegative().max(1_000_000),
    hunksTotal: z.int().nonnegative().max(1_000_000),
    isComplete: z.boolean(),
  })
  .refine(({ hunksShown, hunksTotal }) => hunksShown <= hunksTotal, {
    error: "No more can be shown than there is.",
    path: ["hunksShown"],
  })
  .refine(({ hunksShown, hunksTotal, isComplete }) => !isComplete || hunksShown === hunksTotal, {
    error: "All of it was shown only when every hunk was.",
    path: ["isComplete"],
  })
export type ViewBody = z.infer<typeof ViewBody>

/** `isKept`: false where the change can no longer be decided on, so that nothing is counted. */
export const ViewReceipt = z.strictObject({ isKept: z.boolean() })
export type ViewReceipt = z.infer<typeof ViewReceipt>
