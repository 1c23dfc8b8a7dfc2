import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { ApprovalView, ReasonText, Sha256 } from "./approval.schema"
import { breakGlassNotices } from "./break-glass.queries"
import { BreakGlassNoticeList } from "./break-glass.schema"
import { begin, confirm, dismissNotice, withdraw } from "./break-glass.service"
import { StepUpAnswer } from "./step-up.schema"

const ApprovalParams = z.strictObject({ approvalId: IdText })

const BreakGlassBody = z.strictObject({
  changeHash: Sha256,
  reason: ReasonText.refine(
    (text) => Array.from(text.trim()).length >= 20,
    "Say why in at least 20 characters: everybody reads it.",
  ),
  stepUp: StepUpAnswer.optional(),
})

export const breakGlassRoutes = [
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/break-glass",
      summary:
        "Begin to approve without a quorum, as an administrator; another one confirms within 15 minutes",
      caller: "session",
      params: ApprovalParams,
      body: BreakGlassBody,
      responses: { 201: ApprovalView },
    },
    async ({ actor, params, body }) => reply(201, await begin(actor, { ...params, ...body })),
  ),
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/break-glass/confirm",
      summary: "Confirm a break-glass that another administrator began: the approval is approved",
      caller: "session",
      params: ApprovalParams,
      body: BreakGlassBody,
      responses: { 200: ApprovalView },
    },
    async ({ actor, params, body }) => reply(200, await confirm(actor, { ...params, ...body })),
  ),
  endpoint(
    {
      method: "delete",
      path: "/approvals/{approvalId}/break-glass",
      summary: "Withdraw a break-glass that waits",
      caller: "session",
      params: ApprovalParams,
      responses: { 200: ApprovalView },
    },
    async ({ actor, params }) => reply(200, await withdraw(actor, params.approvalId)),
  ),
  endpoint(
    {
      method: "get",
      path: "/break-glass/notices",
      summary: "List approvals that were approved by break-glass and that you have not said you read of",
      caller: "session",
      responses: { 200: BreakGlassNoticeList },
    },
    async ({ actor }) => reply(200, { items: [...(await breakGlassNotices(actor))], nextCursor: null }),
  ),
  endpoint(
    {
      method: "put",
      path: "/approvals/{approvalId}/break-glass/seen",
      summary: "Say that you have read of a break-glass; you are not told of it again",
      caller: "session",
      params: ApprovalParams,
      responses: { 200: ApprovalView },
    },
    async ({ actor, params }) => reply(200, await dismissNotice(actor, params.approvalId)),
  ),
] as const
