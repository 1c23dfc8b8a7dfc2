import { endpoint, reply } from "@/lib/http/endpoint"
import { EpochDismissed, EpochParams } from "./epoch.schema"
import { dismissEpoch } from "./epochs.service"

export const epochRoutes = [
  endpoint(
    {
      method: "post",
      path: "/epochs/{number}/dismiss",
      summary: "Take the notice that the database was restored from the pages of your clients",
      caller: "session",
      params: EpochParams,
      responses: { 200: EpochDismissed },
    },
    async ({ actor, params: { number } }) => {
      await dismissEpoch(actor, number)
      return reply(200, { number })
    },
  ),
] as const
