import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { BreakGlassSwitchView } from "./break-glass-switch.schema"
import { readBreakGlassSwitch, switchBreakGlassOff } from "./break-glass-switch.service"

const AgencyParams = z.strictObject({ agencyId: IdText })

export const breakGlassSwitchRoutes = [
  endpoint(
    {
      method: "get",
      path: "/agencies/{agencyId}/break-glass",
      summary: "Read whether two administrators can set a quorum aside in your agency",
      caller: "session",
      params: AgencyParams,
      responses: { 200: BreakGlassSwitchView },
    },
    async ({ actor, params }) => reply(200, await readBreakGlassSwitch(actor, params.agencyId)),
  ),
  endpoint(
    {
      method: "delete",
      path: "/agencies/{agencyId}/break-glass",
      summary: "Switch break-glass off in your agency, for good",
      caller: "session",
      params: AgencyParams,
      responses: { 200: BreakGlassSwitchView },
    },
    async ({ actor, params }) => reply(200, await switchBreakGlassOff(actor, params.agencyId)),
  ),
] as const
