import { newNonce, type Caller, type Reply } from "./api"
import { beforeState } from "./calls"
import { anOutcome } from "./deciding"
import { partialOperations } from "./partials"

/** What these operations name: somebody's, or nobody's. */
type Ids = Readonly<{
  tenantId: string
  runId: string
  approvalId: string
  executionId: string
  changeHash: string
}>

type Operation = Readonly<{ ask: (who: Caller, ids: Ids) => Promise<Reply>; answers?: number }>

/** How a stranger asks for each call about approvals and what came of them. */
export const approvalOperations: Readonly<Record<string, Operation>> = {
  "GET /api/v1/approvals": {
    answers: 200,
    ask: (who, { runId, tenantId }) => who.get(`/api/v1/approvals?runId=${runId}&tenantId=${tenantId}`),
  },
  "GET /api/v1/approvals/:approvalId": {
    ask: (who, { approvalId }) => who.get(`/api/v1/approvals/${approvalId}?wait=5`),
  },
  "GET /api/v1/approvals/:approvalId/interdiff": {
    ask: (who, { approvalId }) => who.get(`/api/v1/approvals/${approvalId}/interdiff`),
  },
  "GET /api/v1/approvals/:approvalId/parts/:position/content": {
    ask: (who, { approvalId }) => who.get(`/api/v1/approvals/${approvalId}/parts/1/content?side=after`),
  },
  "POST /api/v1/approvals/:approvalId/votes": {
    ask: (who, { approvalId, changeHash }) =>
      who.post(`/api/v1/approvals/${approvalId}/votes`, { decision: "approve", changeHash }),
  },
  "DELETE /api/v1/approvals/:approvalId/votes/mine": {
    ask: (who, { approvalId }) => who.delete(`/api/v1/approvals/${approvalId}/votes/mine`),
  },
  "GET /api/v1/approvals/:approvalId/votes/withdrawn": {
    ask: (who, { approvalId }) => who.get(`/api/v1/approvals/${approvalId}/votes/withdrawn`),
  },
  "POST /api/v1/approvals/:approvalId/comments": {
    ask: (who, { approvalId }) => who.post(`/api/v1/approvals/${approvalId}/comments`, { text: "Why?" }),
  },
  "GET /api/v1/approvals/:approvalId/comments": {
    ask: (who, { approvalId }) => who.get(`/api/v1/approvals/${approvalId}/comments`),
  },
  "POST /api/v1/approvals/:approvalId/step-up": {
    ask: (who, { approvalId, changeHash }) =>
      who.post(`/api/v1/approvals/${approvalId}/step-up`, { decision: "approve", changeHash }),
  },
  "GET /api/v1/approvals/:approvalId/evidence": {
    ask: (who, { approvalId }) => who.get(`/api/v1/approvals/${approvalId}/evidence`),
  },
  ...partialOperations,
  "POST /api/v1/approvals/:approvalId/consume": {
    ask: (who, { approvalId, runId, changeHash }) =>
      who.post(`/api/v1/approvals/${approvalId}/consume`, {
        runId,
        changeHash,
        nonce: newNonce(),
        observed: [beforeState],
      }),
  },
  "POST /api/v1/approvals/:approvalId/cancel": {
    ask: (who, { approvalId }) => who.post(`/api/v1/approvals/${approvalId}/cancel`, {}),
  },
  "POST /api/v1/executions/:executionId/outcome": {
    ask: (who, { executionId }) => who.post(`/api/v1/executions/${executionId}/outcome`, anOutcome),
  },
}
