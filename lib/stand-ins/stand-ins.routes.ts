import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { NameStandInBody, PossibleStandInList, StandInList, StandInView } from "./stand-in.schema"
import { endStandIn, nameStandIn, possibleStandIns, standInsFor } from "./stand-ins.service"

export const standInRoutes = [
  endpoint(
    {
      method: "get",
      path: "/account/stand-ins",
      summary: "List who stands in for you, for whom you do, and those of members whom you look after",
      caller: "session",
      responses: { 200: StandInList },
    },
    async ({ actor }) => reply(200, { items: await standInsFor(actor), nextCursor: null }),
  ),
  endpoint(
    {
      method: "get",
      path: "/account/stand-ins/possible",
      summary: "List who can stand in for you: those who already read every client in which you decide",
      caller: "session",
      responses: { 200: PossibleStandInList },
    },
    async ({ actor }) => reply(200, { items: await possibleStandIns(actor), nextCursor: null }),
  ),
  endpoint(
    {
      method: "post",
      path: "/account/stand-ins",
      summary: "Say who decides in your place while you are away, for 60 days at the most",
      caller: "session",
      body: NameStandInBody,
      responses: { 201: StandInView },
    },
    async ({ actor, body }) => reply(201, await nameStandIn(actor, body)),
  ),
  endpoint(
    {
      method: "delete",
      path: "/account/stand-ins/{standInId}",
      summary: "End a stand-in: your own, the one that you are, or that of a member whom you look after",
      caller: "session",
      params: z.strictObject({ standInId: IdText }),
      responses: { 200: StandInView },
    },
    async ({ actor, params }) => reply(200, await endStandIn(actor, params.standInId)),
  ),
] as const
