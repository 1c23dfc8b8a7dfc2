import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { ChangePasswordBody, OwnSessionList, ResetBody, SessionsEnded } from "./account.schema"
import { changePassword, endSessions, ownSessions } from "./account.service"
import { resetPassword } from "./resets.service"

export const accountRoutes = [
  endpoint(
    {
      method: "put",
      path: "/session/password",
      summary: "Change your own password and end your other sessions",
      caller: "session",
      body: ChangePasswordBody,
      responses: { 200: SessionsEnded },
    },
    async ({ actor, body }) => reply(200, await changePassword(actor, body)),
  ),
  endpoint(
    {
      method: "post",
      path: "/password-resets/use",
      summary: "Set another password by a reset link's token",
      caller: "visitor",
      body: ResetBody,
      responses: { 200: SessionsEnded },
    },
    async ({ address, body }) => reply(200, await resetPassword(body, address)),
  ),
  endpoint(
    {
      method: "get",
      path: "/sessions",
      summary: "List your own live sessions",
      caller: "session",
      responses: { 200: OwnSessionList },
    },
    async ({ actor }) => reply(200, { items: await ownSessions(actor), nextCursor: null }),
  ),
  endpoint(
    {
      method: "delete",
      path: "/sessions",
      summary: "End all of your sessions but this one",
      caller: "session",
      responses: { 200: SessionsEnded },
    },
    async ({ actor }) => reply(200, await endSessions(actor, null)),
  ),
  endpoint(
    {
      method: "delete",
      path: "/sessions/{sessionId}",
      summary: "End one of your sessions",
      caller: "session",
      params: z.strictObject({ sessionId: IdText }),
      responses: { 200: SessionsEnded },
    },
    async ({ actor, params }) => reply(200, await endSessions(actor, params.sessionId)),
  ),
] as const
