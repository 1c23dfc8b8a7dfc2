import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { OutcomeBody, OutcomeView } from "./execution.schema"
import { reportOutcome } from "./executions.service"

export const executionRoutes = [
  endpoint(
    {
      method: "post",
      path: "/executions/{executionId}/outcome",
      summary: "Report what an execution did",
      caller: "credential",
      params: z.strictObject({ executionId: IdText }),
      body: OutcomeBody,
      responses: { 200: OutcomeView },
    },
    async ({ credential, params, body }) =>
      reply(200, await reportOutcome(credential, params.executionId, body)),
  ),
] as const
