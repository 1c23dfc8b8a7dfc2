import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { attentionEverywhere, attentionIn, ownAttention } from "./attention.queries"
import { AttentionQuery, AttentionView, OwnAttentionView, TenantParams } from "./attention.schema"
import { ViewBody, ViewReceipt } from "./view.schema"
import { reportView } from "./views.service"

export const attentionRoutes = [
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/views",
      summary: "Report what your page has shown you of the change on an approval",
      caller: "session",
      params: z.strictObject({ approvalId: IdText }),
      body: ViewBody,
      responses: { 200: ViewReceipt },
    },
    async ({ actor, params, body }) => reply(200, await reportView(actor, { ...params, ...body })),
  ),
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/attention",
      summary: "Read how carefully changes are decided in one client",
      caller: "session",
      params: TenantParams,
      query: AttentionQuery,
      responses: { 200: AttentionView },
    },
    async ({ actor, params, query }) => reply(200, await attentionIn(actor, params.tenantId, query)),
  ),
  endpoint(
    {
      method: "get",
      path: "/attention",
      summary: "Read the same over all clients that you look after",
      caller: "session",
      query: AttentionQuery,
      responses: { 200: AttentionView },
    },
    async ({ actor, query }) => reply(200, await attentionEverywhere(actor, query)),
  ),
  endpoint(
    {
      method: "get",
      path: "/session/attention",
      summary: "Read your own numbers",
      caller: "session",
      query: AttentionQuery,
      responses: { 200: OwnAttentionView },
    },
    async ({ actor, query }) => reply(200, await ownAttention(actor, query)),
  ),
] as const
