import type { Caller, Reply } from "./api"

/** What these operations name: somebody's, or nobody's. */
type Ids = Readonly<{
  tenantId: string
  approvalId: string
  proposalId: string
  simulationId: string
  changeHash: string
}>

type Operation = Readonly<{ ask: (who: Caller, ids: Ids) => Promise<Reply> }>

const text = "version: 1\nrules: []\n"

const readable = "version: 1\nrules:\n  - name: all\n    effect: deny\n"

const simulation = ({ tenantId, simulationId }: Ids) =>
  `/api/v1/tenants/${tenantId}/policies/simulations/${simulationId}`

const proposal = ({ tenantId, proposalId }: Ids) => `/api/v1/tenants/${tenantId}/proposals/${proposalId}`

/** How a stranger asks for each call about policies. */
export const policyOperations: Readonly<Record<string, Operation>> = {
  "GET /api/v1/tenants/:tenantId/policies": {
    ask: (who, { tenantId }) => who.get(`/api/v1/tenants/${tenantId}/policies`),
  },
  "GET /api/v1/tenants/:tenantId/policies/:version": {
    ask: (who, { tenantId }) => who.get(`/api/v1/tenants/${tenantId}/policies/2?against=1`),
  },
  "POST /api/v1/tenants/:tenantId/policies/check": {
    ask: (who, { tenantId }) => who.post(`/api/v1/tenants/${tenantId}/policies/check`, { text }),
  },
  "POST /api/v1/tenants/:tenantId/policies": {
    ask: (who, { tenantId }) => who.post(`/api/v1/tenants/${tenantId}/policies`, { text, basedOn: 1 }),
  },
  "POST /api/v1/tenants/:tenantId/policies/:version/restore": {
    ask: (who, { tenantId }) => who.post(`/api/v1/tenants/${tenantId}/policies/1/restore`, { basedOn: 9 }),
  },
  "POST /api/v1/tenants/:tenantId/policies/simulations": {
    ask: (who, { tenantId }) =>
      who.post(`/api/v1/tenants/${tenantId}/policies/simulations`, { text: readable }),
  },
  "GET /api/v1/tenants/:tenantId/policies/simulations": {
    ask: (who, { tenantId }) => who.get(`/api/v1/tenants/${tenantId}/policies/simulations`),
  },
  "GET /api/v1/tenants/:tenantId/policies/simulations/:simulationId": {
    ask: (who, ids) => who.get(simulation(ids)),
  },
  "GET /api/v1/tenants/:tenantId/policies/simulations/:simulationId/calls": {
    ask: (who, ids) => who.get(`${simulation(ids)}/calls`),
  },
  "POST /api/v1/tenants/:tenantId/policies/simulations/:simulationId/cancel": {
    ask: (who, ids) => who.post(`${simulation(ids)}/cancel`),
  },
  "POST /api/v1/approvals/:approvalId/grant": {
    ask: (who, { approvalId }) =>
      who.post(`/api/v1/approvals/${approvalId}/grant`, { maxUses: 1, until: "2026-12-01T00:00:00Z" }),
  },
  "POST /api/v1/approvals/:approvalId/grant/preview": {
    ask: (who, { approvalId }) =>
      who.post(`/api/v1/approvals/${approvalId}/grant/preview`, {
        maxUses: 1,
        until: "2026-12-01T00:00:00Z",
      }),
  },
  "GET /api/v1/tenants/:tenantId/grants": {
    ask: (who, { tenantId }) => who.get(`/api/v1/tenants/${tenantId}/grants`),
  },
  "DELETE /api/v1/tenants/:tenantId/grants/:name": {
    ask: (who, { tenantId }) => who.delete(`/api/v1/tenants/${tenantId}/grants/grant-a`),
  },
  "GET /api/v1/tenants/:tenantId/proposals": {
    ask: (who, { tenantId }) => who.get(`/api/v1/tenants/${tenantId}/proposals`),
  },
  "GET /api/v1/tenants/:tenantId/proposals/:proposalId": { ask: (who, ids) => who.get(proposal(ids)) },
  "POST /api/v1/tenants/:tenantId/proposals/:proposalId/approve": {
    ask: (who, ids) => who.post(`${proposal(ids)}/approve`, { hash: ids.changeHash }),
  },
  "POST /api/v1/tenants/:tenantId/proposals/:proposalId/reject": {
    ask: (who, ids) => who.post(`${proposal(ids)}/reject`, { reason: "No." }),
  },
  "POST /api/v1/tenants/:tenantId/proposals/:proposalId/withdraw": {
    ask: (who, ids) => who.post(`${proposal(ids)}/withdraw`),
  },
}
