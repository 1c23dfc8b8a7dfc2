import { z } from "zod"
import { ApprovalView } from "@/lib/approvals/approval.schema"
import { StepUpView } from "@/lib/approvals/step-up.schema"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { beginPartialStepUp } from "./partial-step-up.service"
import { PartialBody, PartialChoice, PartialPreview, PartialStepUpBody } from "./partial.schema"
import { approveInPart, previewPartial } from "./partial.service"

const ApprovalParams = z.strictObject({ approvalId: IdText })

export const partialRoutes = [
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/partial/preview",
      summary: "See what some parts of a change are alone: its sentence, its diff and its own hash",
      caller: "session",
      params: ApprovalParams,
      body: PartialChoice,
      responses: { 200: PartialPreview },
    },
    async ({ actor, params, body, signal }) =>
      reply(200, await previewPartial(actor, { ...params, ...body }, signal)),
  ),
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/partial/step-up",
      summary: "Learn what your authenticator has to sign to approve only these parts",
      caller: "session",
      params: ApprovalParams,
      body: PartialStepUpBody,
      responses: { 201: StepUpView },
    },
    async ({ actor, params, body, signal }) =>
      reply(201, await beginPartialStepUp(actor, { ...params, ...body }, signal)),
  ),
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/partial",
      summary: "Approve only some parts of a change; the others are denied",
      caller: "session",
      params: ApprovalParams,
      body: PartialBody,
      responses: { 201: ApprovalView },
    },
    async ({ actor, params, body, signal }) =>
      reply(201, await approveInPart(actor, { ...params, ...body }, signal)),
  ),
] as const
