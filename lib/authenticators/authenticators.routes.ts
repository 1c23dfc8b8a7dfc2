import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import {
  AuthenticatorList,
  AuthenticatorView,
  EnrolBody,
  EnrolmentView,
  OwnPasswordBody,
  RenameBody,
} from "./authenticator.schema"
import { beginEnrolment, enrol, ownAuthenticators, remove, rename } from "./authenticators.service"

const OneOf = z.strictObject({ authenticatorId: IdText })

export const authenticatorRoutes = [
  endpoint(
    {
      method: "get",
      path: "/session/authenticators",
      summary: "List your own authenticators",
      caller: "session",
      responses: { 200: AuthenticatorList },
    },
    async ({ actor }) => reply(200, { items: await ownAuthenticators(actor), nextCursor: null }),
  ),
  endpoint(
    {
      method: "post",
      path: "/session/authenticators/options",
      summary: "Begin to enrol an authenticator, with your password",
      caller: "session",
      body: OwnPasswordBody,
      responses: { 201: EnrolmentView },
    },
    async ({ actor, body }) => reply(201, await beginEnrolment(actor, body.password)),
  ),
  endpoint(
    {
      method: "post",
      path: "/session/authenticators",
      summary: "Enrol an authenticator that has answered; another one needs one you have",
      caller: "session",
      body: EnrolBody,
      responses: { 201: AuthenticatorView },
    },
    async ({ actor, body }) => reply(201, await enrol(actor, body)),
  ),
  endpoint(
    {
      method: "patch",
      path: "/session/authenticators/{authenticatorId}",
      summary: "Rename one of your authenticators",
      caller: "session",
      params: OneOf,
      body: RenameBody,
      responses: { 200: AuthenticatorView },
    },
    async ({ actor, params, body }) => reply(200, await rename(actor, params.authenticatorId, body.name)),
  ),
  endpoint(
    {
      method: "delete",
      path: "/session/authenticators/{authenticatorId}",
      summary: "Remove one of your authenticators, with your password",
      caller: "session",
      params: OneOf,
      body: OwnPasswordBody,
      responses: { 200: z.strictObject({ removed: z.int() }) },
    },
    async ({ actor, params, body }) => reply(200, await remove(actor, params.authenticatorId, body.password)),
  ),
] as const
