import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { ViewBody, ViewReceipt } from "./view.schema"
import { reportView } from "./views.service"

export const attentionRoutes = [
  endpoint(
    {
      method: "post",
      path: "/approvals/{approvalId}/views",
      summary: "Report what your page has shown you of the change on an approval",
      caller: "session",
      params: z.strictObject({ approvalId: IdText }),
      body: ViewBody,
      responses: { 200: ViewReceipt },
    },
    async ({ actor, params, body }) => reply(200, await reportView(actor, { ...params, ...body })),
  ),
] as const
