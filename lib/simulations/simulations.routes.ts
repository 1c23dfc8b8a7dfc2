import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { SimulatedCallList, SimulationBody, SimulationList, SimulationView } from "./simulation.schema"
import { listSimulations, simulatedCalls, simulationView } from "./simulations.queries"
import { cancelSimulation, startSimulation } from "./simulations.service"

const TenantParams = z.strictObject({ tenantId: IdText })
const SimulationParams = z.strictObject({ tenantId: IdText, simulationId: IdText })
const PageQuery = z.strictObject({ cursor: IdText.optional() })

export const simulationRoutes = [
  endpoint(
    {
      method: "post",
      path: "/tenants/{tenantId}/policies/simulations",
      summary: "Ask what a draft would have answered to the calls of the last days",
      caller: "session",
      params: TenantParams,
      body: SimulationBody,
      responses: { 202: SimulationView },
    },
    async ({ actor, params, body }) => reply(202, await startSimulation(actor, params.tenantId, body)),
  ),
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/policies/simulations",
      summary: "List the simulations of the last seven days, newest first",
      caller: "session",
      params: TenantParams,
      query: PageQuery,
      responses: { 200: SimulationList },
    },
    async ({ actor, params, query }) => reply(200, await listSimulations(actor, params.tenantId, query)),
  ),
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/policies/simulations/{simulationId}",
      summary: "Read how far a simulation is, and what it has found",
      caller: "session",
      params: SimulationParams,
      responses: { 200: SimulationView },
    },
    async ({ actor, params }) =>
      reply(200, await simulationView(actor, params.tenantId, params.simulationId)),
  ),
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/policies/simulations/{simulationId}/calls",
      summary: "List the calls that a draft answers otherwise, oldest first",
      caller: "session",
      params: SimulationParams,
      query: PageQuery,
      responses: { 200: SimulatedCallList },
    },
    async ({ actor, params: { tenantId, simulationId }, query }) =>
      reply(200, await simulatedCalls(actor, tenantId, { simulationId, ...query })),
  ),
  endpoint(
    {
      method: "post",
      path: "/tenants/{tenantId}/policies/simulations/{simulationId}/cancel",
      summary: "Cancel a simulation that is under way",
      caller: "session",
      params: SimulationParams,
      responses: { 200: SimulationView },
    },
    async ({ actor, params }) =>
      reply(200, await cancelSimulation(actor, params.tenantId, params.simulationId)),
  ),
] as const
