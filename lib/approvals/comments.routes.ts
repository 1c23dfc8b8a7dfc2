import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { getApproval } from "./approvals.service"
import { CommentBody, CommentList, CommentView, WithdrawnVoteList } from "./comment.schema"
import { listComments, listWithdrawnVotes } from "./comments.queries"
import { comment } from "./comments.service"

const ApprovalParams = z.strictObject({ approvalId: IdText })

export const commentRoutes = [
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/comments",
      summary: "Say something about a change without deciding on it",
      caller: "session",
      params: ApprovalParams,
      body: CommentBody,
      responses: { 201: CommentView },
    },
    async ({ actor, params, body }) => reply(201, await comment(actor, { ...params, ...body })),
  ),
  endpoint(
    {
      method: "get",
      path: "/approvals/{approvalId}/comments",
      summary: "Read what was said about a change, oldest first",
      caller: "session",
      params: ApprovalParams,
      query: z.strictObject({ cursor: IdText.optional() }),
      responses: { 200: CommentList },
    },
    async ({ actor, params, query }) => {
      await getApproval({ kind: "person", actor }, params.approvalId)
      return reply(200, await listComments(actor, { ...params, ...query }))
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/approvals/{approvalId}/votes/withdrawn",
      summary: "Read which approving votes on a change were taken back",
      caller: "session",
      params: ApprovalParams,
      responses: { 200: WithdrawnVoteList },
    },
    async ({ actor, params }) => {
      await getApproval({ kind: "person", actor }, params.approvalId)
      return reply(200, await listWithdrawnVotes(actor, params.approvalId))
    },
  ),
] as const
