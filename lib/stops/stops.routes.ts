import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { kill, liftKill, previewKill } from "./kill.service"
import { KillBody, Killed, KillPreview, Lifted, PreviewQuery, StopList } from "./stop.schema"
import { listStops } from "./stops.queries"

export const stopRoutes = [
  endpoint(
    {
      method: "get",
      path: "/kill",
      summary: "List what is stopped now",
      caller: "session",
      responses: { 200: StopList },
    },
    async ({ actor }) => reply(200, { items: [...(await listStops(actor))], nextCursor: null }),
  ),
  endpoint(
    {
      method: "get",
      path: "/kill/preview",
      summary: "Read what stopping runs, keys, tools, clients or the agency would end now",
      caller: "session",
      query: PreviewQuery,
      responses: { 200: KillPreview },
    },
    async ({ actor, query }) => reply(200, await previewKill(actor, query)),
  ),
  endpoint(
    {
      method: "post",
      path: "/kill",
      summary: "Stop runs, keys, tools, clients or the agency, and cancel what they have open",
      caller: "session",
      body: KillBody,
      responses: { 200: Killed },
    },
    async ({ actor, body }) => reply(200, await kill(actor, body)),
  ),
  endpoint(
    {
      method: "delete",
      path: "/kill/{stopId}",
      summary: "Lift the stop of a tool, a client or the agency; what was cancelled stays cancelled",
      caller: "session",
      params: z.strictObject({ stopId: IdText }),
      responses: { 200: Lifted },
    },
    async ({ actor, params }) => reply(200, await liftKill(actor, params.stopId)),
  ),
] as const
