import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { ResetLink, SessionsEnded } from "./account.schema"
import { ChangeMemberBody, MemberList, MemberView } from "./member.schema"
import { listMembers } from "./members.queries"
import { changeRole, endMember, endSessionsOf } from "./members.service"
import { makeResetLink } from "./resets.service"

const MemberParams = z.strictObject({ membershipId: IdText })

export const memberRoutes = [
  endpoint(
    {
      method: "get",
      path: "/members",
      summary: "List the members you may see, of one client with those of its agency",
      caller: "session",
      query: z.strictObject({ tenantId: IdText.optional(), cursor: IdText.optional() }),
      responses: { 200: MemberList },
    },
    async ({ actor, query }) => reply(200, await listMembers(actor, query)),
  ),
  endpoint(
    {
      method: "patch",
      path: "/members/{membershipId}",
      summary: "Give a member another role",
      caller: "session",
      params: MemberParams,
      body: ChangeMemberBody,
      responses: { 200: MemberView },
    },
    async ({ actor, params, body }) => reply(200, await changeRole(actor, params.membershipId, body.role)),
  ),
  endpoint(
    {
      method: "delete",
      path: "/members/{membershipId}",
      summary: "End a membership",
      caller: "session",
      params: MemberParams,
      responses: { 200: MemberView },
    },
    async ({ actor, params }) => reply(200, await endMember(actor, params.membershipId)),
  ),
  endpoint(
    {
      method: "delete",
      path: "/members/{membershipId}/sessions",
      summary: "Sign a member out everywhere",
      caller: "session",
      params: MemberParams,
      responses: { 200: SessionsEnded },
    },
    async ({ actor, params }) => reply(200, await endSessionsOf(actor, params.membershipId)),
  ),
  endpoint(
    {
      method: "post",
      path: "/members/{membershipId}/reset-link",
      summary: "Make a link by which a member who lost their password sets another",
      caller: "session",
      params: MemberParams,
      responses: { 201: ResetLink },
    },
    async ({ actor, params }) => reply(201, await makeResetLink(actor, params.membershipId)),
  ),
] as const
