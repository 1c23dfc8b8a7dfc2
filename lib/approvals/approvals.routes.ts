import { z } from "zod"
import { ObservedState } from "@/lib/changes/change.schema"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { actorOf } from "@/lib/keys/keys.service"
import { approvalStatuses } from "./approval"
import { ApprovalList, ApprovalView, Sha256, VoteBody } from "./approval.schema"
import { listApprovals } from "./approvals.queries"
import { cancelApproval, consume, getApproval, vote, withdraw } from "./approvals.service"
import { InterdiffView } from "./interdiff.schema"
import { approvalInterdiff } from "./interdiff.service"
import { partContentRoutes } from "./part-content.routes"
import { denyAndStop } from "@/lib/stops/deny-and-stop.service"
import { waitForApproval } from "./waiting.service"

const ApprovalParams = z.strictObject({ approvalId: IdText })

const ConsumeBody = z.strictObject({
  runId: IdText,
  changeHash: Sha256,
  nonce: z.string().regex(/^[0-9a-f]{64}$/, "A nonce is 32 random bytes in lower-case hex."),
  // A hundred moves are seen at both of their places.
  observed: z.array(ObservedState).max(200),
  checkpointSize: z.int().nonnegative().optional(),
})

const ConsumeView = z.strictObject({
  executionId: z.string(),
  permit: z.string(),
  replayed: z.boolean(),
  proof: z.null(),
})

export const approvalRoutes = [
  endpoint(
    {
      method: "get",
      path: "/approvals",
      summary: "List approvals, newest first",
      caller: "actor",
      query: z.strictObject({
        status: z.enum(approvalStatuses).optional(),
        runId: IdText.optional(),
        tenantId: IdText.optional(),
        derivedFrom: IdText.optional(),
        cursor: IdText.optional(),
      }),
      responses: { 200: ApprovalList },
    },
    async ({ actor, query }) => reply(200, await listApprovals(actor, query)),
  ),
  endpoint(
    {
      method: "get",
      path: "/approvals/{approvalId}",
      summary: "Read an approval, or wait until it is decided",
      caller: "either",
      params: ApprovalParams,
      query: z.strictObject({
        wait: z.coerce.number().int().min(0).max(60).optional(),
        version: z.coerce.number().int().min(0).optional(),
      }),
      responses: { 200: ApprovalView },
    },
    async ({ asker, params, query, signal }) => {
      const waiting = {
        waitSeconds: query.wait ?? 0,
        signal,
        ...(query.version === undefined ? {} : { version: query.version }),
      }
      const body =
        waiting.waitSeconds === 0
          ? await getApproval(asker, params.approvalId)
          : await waitForApproval(asker, params.approvalId, waiting)

      return reply(200, body)
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/approvals/{approvalId}/interdiff",
      summary: "Read what changed since the same targets were last decided on, or asked for",
      caller: "actor",
      params: ApprovalParams,
      responses: { 200: InterdiffView },
    },
    async ({ actor, params, signal }) =>
      reply(200, await approvalInterdiff(actor, params.approvalId, signal)),
  ),
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/votes",
      summary: "Approve or deny the change on an approval",
      caller: "session",
      params: ApprovalParams,
      body: VoteBody,
      responses: { 200: ApprovalView },
    },
    async ({ actor, params, body: { stopRun, ...body } }) =>
      reply(200, await (stopRun === true ? denyAndStop : vote)(actor, { ...params, ...body })),
  ),
  endpoint(
    {
      method: "delete",
      path: "/approvals/{approvalId}/votes/mine",
      summary: "Take back your own approving vote, for as long as nothing was spent",
      caller: "session",
      params: ApprovalParams,
      responses: { 200: ApprovalView },
    },
    async ({ actor, params }) => reply(200, await withdraw(actor, params.approvalId)),
  ),
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/consume",
      summary: "Spend an approved approval, once",
      caller: "credential",
      params: ApprovalParams,
      body: ConsumeBody,
      responses: { 200: ConsumeView },
    },
    async ({ credential, params, body }) => {
      const { checkpointSize: _size, ...spend } = body
      return reply(200, await consume(credential, { ...params, ...spend, observed: spend.observed }))
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/cancel",
      summary: "Cancel an approval that is still open",
      caller: "either",
      params: ApprovalParams,
      responses: { 200: ApprovalView },
    },
    async ({ asker, params }) =>
      reply(200, await cancelApproval(await actorOf(asker), asker, params.approvalId)),
  ),
  ...partContentRoutes,
] as const
