import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { approveProposal, rejectProposal, withdrawProposal } from "./deciding-proposals.service"
import { readProposal, readProposals } from "./proposal-views.service"
import { ApproveProposalBody, ProposalList, ProposalView, RejectProposalBody } from "./proposal.schema"
import { proposalStatuses } from "./rule-proposal"

const ProposalParams = z.strictObject({ tenantId: IdText, proposalId: IdText })

export const proposalRoutes = [
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/proposals",
      summary: "List what would loosen a client's rules and waits, or what became of it, newest first",
      caller: "session",
      params: z.strictObject({ tenantId: IdText }),
      query: z.strictObject({ status: z.enum(proposalStatuses).optional(), cursor: IdText.optional() }),
      responses: { 200: ProposalList },
    },
    async ({ actor, params, query }) => reply(200, await readProposals(actor, params.tenantId, query)),
  ),
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/proposals/{proposalId}",
      summary: "Read a proposal with its difference and who may approve it",
      caller: "session",
      params: ProposalParams,
      responses: { 200: ProposalView },
    },
    async ({ actor, params }) => reply(200, await readProposal(actor, params.tenantId, params.proposalId)),
  ),
  endpoint(
    {
      method: "post",
      path: "/tenants/{tenantId}/proposals/{proposalId}/approve",
      summary: "Put exactly the proposal that was read in force, as a second person",
      caller: "session",
      params: ProposalParams,
      body: ApproveProposalBody,
      responses: { 200: ProposalView },
    },
    async ({ actor, params: { tenantId, proposalId }, body }) =>
      reply(200, await approveProposal(actor, tenantId, { proposalId, ...body })),
  ),
  endpoint(
    {
      method: "post",
      path: "/tenants/{tenantId}/proposals/{proposalId}/reject",
      summary: "Refuse a proposal, with a reason",
      caller: "session",
      params: ProposalParams,
      body: RejectProposalBody,
      responses: { 200: ProposalView },
    },
    async ({ actor, params: { tenantId, proposalId }, body }) =>
      reply(200, await rejectProposal(actor, tenantId, { proposalId, ...body })),
  ),
  endpoint(
    {
      method: "post",
      path: "/tenants/{tenantId}/proposals/{proposalId}/withdraw",
      summary: "Take back what you proposed",
      caller: "session",
      params: ProposalParams,
      responses: { 200: ProposalView },
    },
    async ({ actor, params }) =>
      reply(200, await withdrawProposal(actor, params.tenantId, params.proposalId)),
  ),
] as const
