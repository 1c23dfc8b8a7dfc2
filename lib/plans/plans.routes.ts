import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { actorOf } from "@/lib/keys/keys.service"
import { CreatePlanBody, Plan, PlanList, PlanListQuery, PlanVoteBody } from "./plan.schema"
import { denyPlanAndStop } from "@/lib/stops/deny-and-stop.service"
import { waitForPlan } from "./plan-waiting.service"
import { listPlans } from "./plans.queries"
import { cancelPlan, createPlan, votePlan } from "./plans.service"

const PlanParams = z.strictObject({ planId: IdText })

export const planRoutes = [
  endpoint(
    {
      method: "post",
      path: "/plans",
      summary: "Ask for a batch of intended calls of one run, to be reviewed once",
      caller: "credential",
      body: CreatePlanBody,
      idempotent: true,
      responses: { 201: Plan },
    },
    async ({ credential, body, bodyBytes, idempotency, signal }) =>
      reply(201, await createPlan({ credential, body, bodyBytes, idempotency, signal })),
  ),
  endpoint(
    {
      method: "get",
      path: "/plans",
      summary: "List plans, newest first",
      caller: "actor",
      query: PlanListQuery,
      responses: { 200: PlanList },
    },
    async ({ actor, query }) => reply(200, await listPlans(actor, query)),
  ),
  endpoint(
    {
      method: "get",
      path: "/plans/{planId}",
      summary: "Read a plan, or wait until none of its items does",
      caller: "either",
      params: PlanParams,
      query: z.strictObject({ wait: z.coerce.number().int().min(0).max(60).optional() }),
      responses: { 200: Plan },
    },
    async ({ asker, params, query, signal }) =>
      reply(200, await waitForPlan(asker, params.planId, { waitSeconds: query.wait ?? 0, signal })),
  ),
  endpoint(
    {
      method: "post",
      path: "/plans/{planId}/votes",
      summary: "Approve or deny what waits of a plan, all of it or nothing",
      caller: "session",
      params: PlanParams,
      body: PlanVoteBody,
      responses: { 200: Plan },
    },
    async ({ actor, params, body: { stopRun, ...body } }) =>
      reply(200, await (stopRun === true ? denyPlanAndStop : votePlan)(actor, { ...params, ...body })),
  ),
  endpoint(
    {
      method: "post",
      path: "/plans/{planId}/cancel",
      summary: "Cancel what is still open of a plan",
      caller: "either",
      params: PlanParams,
      responses: { 200: Plan },
    },
    async ({ asker, params }) => reply(200, await cancelPlan(await actorOf(asker), params.planId)),
  ),
] as const
