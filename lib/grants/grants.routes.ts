import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { GrantBody, GrantDraftView, GrantList, ProposedGrantView, RevokedGrantView } from "./grant.schema"
import { previewGrant } from "./grant-drafts.service"
import { listGrants, proposeGrant, revokeGrant } from "./grants.service"

export const grantRoutes = [
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/grant",
      summary: "Propose a rule that lets through more of what was approved, so often and so long",
      caller: "session",
      params: z.strictObject({ approvalId: IdText }),
      body: GrantBody,
      responses: { 201: ProposedGrantView },
    },
    async ({ actor, params, body }) => reply(201, await proposeGrant(actor, params.approvalId, body)),
  ),
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/grant/preview",
      summary: "Say what such a rule would change of the policy in force, and propose nothing",
      caller: "session",
      params: z.strictObject({ approvalId: IdText }),
      body: GrantBody,
      responses: { 200: GrantDraftView },
    },
    async ({ actor, params, body }) => reply(200, await previewGrant(actor, params.approvalId, body)),
  ),
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/grants",
      summary:
        "List a client's grants: those in force with the uses left, those that wait, and those that ended",
      caller: "session",
      params: z.strictObject({ tenantId: IdText }),
      responses: { 200: GrantList },
    },
    async ({ actor, params }) => reply(200, await listGrants(actor, params.tenantId)),
  ),
  endpoint(
    {
      method: "delete",
      path: "/tenants/{tenantId}/grants/{name}",
      summary: "End a grant at once",
      caller: "session",
      params: z.strictObject({ tenantId: IdText, name: z.string().max(64) }),
      responses: { 200: RevokedGrantView },
    },
    async ({ actor, params }) => reply(200, await revokeGrant(actor, params.tenantId, params.name)),
  ),
] as const
