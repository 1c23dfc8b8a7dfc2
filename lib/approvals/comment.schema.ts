import { z } from "zod"
import { ReasonText, Time } from "./approval.schema"

/** Under the same limits as every reason. */
export const CommentBody = z.strictObject({ text: ReasonText })
export type CommentBody = z.infer<typeof CommentBody>

/** What somebody said about a change without deciding. Agents are never given it. */
export const CommentView = z.strictObject({
  commentId: z.string(),
  personId: z.string(),
  name: z.string(),
  text: z.string(),
  at: Time,
})
export type CommentView = z.infer<typeof CommentView>

export const CommentList = z.strictObject({ items: z.array(CommentView), nextCursor: z.string().nullable() })
export type CommentList = z.infer<typeof CommentList>

/** An approving vote that its person took back. What was signed for it is among the evidence. */
export const WithdrawnVoteView = z.strictObject({
  personId: z.string(),
  name: z.string(),
  reason: z.string().nullable(),
  at: Time,
  onBehalfOf: z.string().nullable(),
  withdrawnAt: Time,
})
export type WithdrawnVoteView = z.infer<typeof WithdrawnVoteView>

export const WithdrawnVoteList = z.strictObject({ items: z.array(WithdrawnVoteView), nextCursor: z.null() })
export type WithdrawnVoteList = z.infer<typeof WithdrawnVoteList>
