import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { replayOfCall, replayOfRun } from "./replays.service"
import { ReplayList, ReplayUnder, ReplayView } from "./simulation.schema"

export const replayRoutes = [
  endpoint(
    {
      method: "get",
      path: "/runs/{runId}/replay",
      summary: "Explain the decisions on a run's calls again, oldest first; nothing runs",
      caller: "actor",
      params: z.strictObject({ runId: IdText }),
      query: z.strictObject({ under: ReplayUnder, cursor: IdText.optional() }),
      responses: { 200: ReplayList },
    },
    async ({ actor, params, query }) => reply(200, await replayOfRun(actor, { ...params, ...query })),
  ),
  endpoint(
    {
      method: "get",
      path: "/calls/{callId}/replay",
      summary: "Explain the decision on a call again; nothing runs",
      caller: "actor",
      params: z.strictObject({ callId: IdText }),
      query: z.strictObject({ under: ReplayUnder }),
      responses: { 200: ReplayView },
    },
    async ({ actor, params, query }) => reply(200, await replayOfCall(actor, { ...params, ...query })),
  ),
] as const
