import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { acceptInvitation } from "./accept.service"
import {
  AcceptBody,
  Accepted,
  InvitationList,
  InvitationView,
  InviteBody,
  Invited,
} from "./invitation.schema"
import { invite, withdrawInvitation } from "./invitations.service"
import { listInvitations } from "./members.queries"

export const invitationRoutes = [
  endpoint(
    {
      method: "get",
      path: "/invitations",
      summary: "List the invitations that nobody has accepted yet",
      caller: "session",
      query: z.strictObject({ tenantId: IdText.optional(), cursor: IdText.optional() }),
      responses: { 200: InvitationList },
    },
    async ({ actor, query }) => reply(200, await listInvitations(actor, query)),
  ),
  endpoint(
    {
      method: "post",
      path: "/invitations",
      summary: "Make a link by which somebody becomes a member",
      caller: "session",
      body: InviteBody,
      responses: { 201: Invited },
    },
    async ({ actor, body }) => reply(201, await invite(actor, body)),
  ),
  endpoint(
    {
      method: "post",
      path: "/invitations/accept",
      summary: "Accept an invitation by its link's token",
      caller: "visitor",
      body: AcceptBody,
      responses: { 201: Accepted },
    },
    async ({ actor, address, body }) => reply(201, await acceptInvitation({ actor, address }, body)),
  ),
  endpoint(
    {
      method: "delete",
      path: "/invitations/{invitationId}",
      summary: "Take an invitation back",
      caller: "session",
      params: z.strictObject({ invitationId: IdText }),
      responses: { 200: InvitationView },
    },
    async ({ actor, params }) => reply(200, await withdrawInvitation(actor, params.invitationId)),
  ),
] as const
