import { endpoint, reply } from "@/lib/http/endpoint"
import { partContent } from "./part-content.queries"
import { PartContentParams, PartContentQuery, PartContentView } from "./part-content.schema"

export const partContentRoutes = [
  endpoint(
    {
      method: "get",
      path: "/approvals/{approvalId}/parts/{position}/content",
      summary: "Read lines of what one part of a change was or will be",
      caller: "session",
      params: PartContentParams,
      query: PartContentQuery,
      responses: { 200: PartContentView },
    },
    async ({ actor, params, query }) => reply(200, await partContent(actor, { ...params, ...query })),
  ),
] as const
