import type { Caller, Reply } from "./api"
import { openRun } from "./calls"
import { pendingPlan, postPlan, threeCalls, votePlan } from "./plans"
import { makePerson, type World } from "./world"

/** What these operations name: somebody's, or nobody's. */
type Ids = Readonly<{ tenantId: string; runId: string; planId: string; planHash: string }>

type Operation = Readonly<{ ask: (who: Caller, ids: Ids) => Promise<Reply>; answers?: number }>

/** How a stranger asks for each call about plans. */
export const planOperations: Readonly<Record<string, Operation>> = {
  "POST /api/v1/plans": { ask: (who, { runId }) => postPlan(who, { runId, calls: threeCalls }) },
  "GET /api/v1/plans": {
    answers: 200,
    ask: (who, { runId, tenantId }) => who.get(`/api/v1/plans?runId=${runId}&tenantId=${tenantId}`),
  },
  "GET /api/v1/plans/:planId": { ask: (who, { planId }) => who.get(`/api/v1/plans/${planId}?wait=5`) },
  "POST /api/v1/plans/:planId/votes": {
    ask: (who, { planId, planHash }) =>
      who.post(`/api/v1/plans/${planId}/votes`, { decision: "approve", planHash }),
  },
  "POST /api/v1/plans/:planId/cancel": {
    ask: (who, { planId }) => who.post(`/api/v1/plans/${planId}/cancel`),
  },
}

type Write = Readonly<{ by: Caller; ask: (who: Caller) => Promise<Reply>; succeeds: number }>

/** Every write about plans, in our first tenant. */
export const planWrites: Readonly<Record<string, (world: World) => Promise<Write>>> = {
  "POST /plans": async ({ ours }) => {
    const runId = await openRun(ours.key)
    return { by: ours.key, ask: (who) => postPlan(who, { runId, calls: threeCalls }), succeeds: 201 }
  },
  "POST /plans/{planId}/votes": async (world) => {
    const planned = await pendingPlan(world.ours.key)
    const { caller: by } = await makePerson(world, { role: "reviewer" })
    return { by, ask: (who) => votePlan(who, planned), succeeds: 200 }
  },
  "POST /plans/{planId}/cancel": async (world) => {
    const { planId } = await pendingPlan(world.ours.key)
    return {
      by: await world.as("owner"),
      ask: (who) => who.post(`/api/v1/plans/${planId}/cancel`),
      succeeds: 200,
    }
  },
}
