import { z } from "zod"
import { IdText } from "@/lib/kernel/id.schema"
import { approvalStatuses } from "./approval"
import { ReasonText, Sha256 } from "./approval.schema"

/** How many changes are decided in one go. */
export const jointVotesMax = 20

export const JointVotesBody = z
  .strictObject({
    /** Whether one refused vote takes the others with it. */
    mode: z.enum(["all_or_nothing", "each"]),
    votes: z
      .array(
        z.strictObject({
          approvalId: IdText,
          changeHash: Sha256,
          decision: z.enum(["approve", "deny"]),
          reason: ReasonText.optional(),
        }),
      )
      .min(1)
      .max(jointVotesMax),
  })
  .refine(({ votes }) => new Set(votes.map(({ approvalId }) => approvalId)).size === votes.length, {
    error: "An approval is decided on once.",
    path: ["votes"],
  })
export type JointVotesBody = z.infer<typeof JointVotesBody>
export type JointVote = JointVotesBody["votes"][number]

/** What became of each vote, in the order in which they were sent. */
export const JointVotesView = z.strictObject({
  votes: z.array(
    z.strictObject({
      approvalId: z.string(),
      /** Null where the vote counts; else why it does not. */
      code: z.string().nullable(),
      title: z.string().nullable(),
      /** Where the approval stands now; null where the vote does not count. */
      status: z.enum(approvalStatuses).nullable(),
    }),
  ),
})
export type JointVotesView = z.infer<typeof JointVotesView>
