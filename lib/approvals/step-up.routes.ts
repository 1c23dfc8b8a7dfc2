import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { getApproval } from "./approvals.service"
import { listEvidence } from "./evidence.queries"
import { EvidenceList, StepUpBody, StepUpView } from "./step-up.schema"
import { beginStepUp } from "./step-up.service"

const ApprovalParams = z.strictObject({ approvalId: IdText })

export const stepUpRoutes = [
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/step-up",
      summary: "Learn what your authenticator has to sign for one decision on this change",
      caller: "session",
      params: ApprovalParams,
      body: StepUpBody,
      responses: { 201: StepUpView },
    },
    async ({ actor, params, body }) => {
      const approval = await getApproval({ kind: "person", actor }, params.approvalId)
      return reply(201, await beginStepUp(actor, approval, body))
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/approvals/{approvalId}/evidence",
      summary: "Read what authenticators signed for the votes on an approval, to check it without us",
      caller: "session",
      params: ApprovalParams,
      responses: { 200: EvidenceList },
    },
    async ({ actor, params }) => {
      await getApproval({ kind: "person", actor }, params.approvalId)
      return reply(200, await listEvidence(actor, params.approvalId))
    },
  ),
] as const
