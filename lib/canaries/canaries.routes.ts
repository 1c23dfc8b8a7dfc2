import { endpoint, reply } from "@/lib/http/endpoint"
import { canaryNotices, canaryOf, canaryResults } from "./canaries.queries"
import { changeCanaries, dismissCanary } from "./canaries.service"
import {
  ApprovalParams,
  CanariesBody,
  CanariesView,
  CanaryNoticeList,
  CanaryOfApproval,
  TenantParams,
} from "./canary.schema"

export const canaryRoutes = [
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/canaries",
      summary: "Read whether test changes are put before reviewers of a client, and what became of them",
      caller: "session",
      params: TenantParams,
      responses: { 200: CanariesView },
    },
    async ({ actor, params }) => reply(200, await canaryResults(actor, params.tenantId, null)),
  ),
  endpoint(
    {
      method: "put",
      path: "/tenants/{tenantId}/canaries",
      summary: "Put test changes before reviewers of a client from time to time, or no more",
      caller: "session",
      params: TenantParams,
      body: CanariesBody,
      responses: { 200: CanariesView },
    },
    async ({ actor, params, body }) =>
      reply(200, await changeCanaries(actor, params.tenantId, body.periodDays)),
  ),
  endpoint(
    {
      method: "get",
      path: "/approvals/{approvalId}/canary",
      summary: "Read whether an approval that has ended was a test change, and what was wrong with it",
      caller: "session",
      params: ApprovalParams,
      responses: { 200: CanaryOfApproval },
    },
    async ({ actor, params }) => reply(200, { canary: await canaryOf(actor, params.approvalId) }),
  ),
  endpoint(
    {
      method: "get",
      path: "/canaries/notices",
      summary: "List test changes that you voted on and have not said you read of",
      caller: "session",
      responses: { 200: CanaryNoticeList },
    },
    async ({ actor }) => reply(200, { items: [...(await canaryNotices(actor))], nextCursor: null }),
  ),
  endpoint(
    {
      method: "put",
      path: "/approvals/{approvalId}/canary/seen",
      summary: "Say that you have read how a test change ended; you are not told of it again",
      caller: "session",
      params: ApprovalParams,
      responses: { 200: CanaryOfApproval },
    },
    async ({ actor, params }) => {
      await dismissCanary(actor, params.approvalId)
      return reply(200, { canary: await canaryOf(actor, params.approvalId) })
    },
  ),
] as const
