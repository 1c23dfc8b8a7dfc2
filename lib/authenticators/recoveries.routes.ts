import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import {
  askForRecovery,
  beginRecovery,
  confirmRecovery,
  endRecovery,
  recoveriesFor,
} from "./recoveries.service"
import { RecoveryList, RecoveryView } from "./recovery.schema"

const OneOf = z.strictObject({ recoveryId: IdText })

export const recoveryRoutes = [
  endpoint(
    {
      method: "post",
      path: "/session/authenticator-recovery",
      summary: "Ask for your own authenticators to be taken away, because you lost them",
      caller: "session",
      responses: { 201: RecoveryView },
    },
    async ({ actor }) => reply(201, await askForRecovery(actor)),
  ),
  endpoint(
    {
      method: "get",
      path: "/authenticator-recoveries",
      summary: "List recoveries of yours, and of those whom you look after",
      caller: "session",
      responses: { 200: RecoveryList },
    },
    async ({ actor }) => reply(200, { items: await recoveriesFor(actor), nextCursor: null }),
  ),
  endpoint(
    {
      method: "post",
      path: "/members/{membershipId}/authenticator-recovery",
      summary: "Begin to take a member's authenticators away; a second administrator confirms",
      caller: "session",
      params: z.strictObject({ membershipId: IdText }),
      responses: { 201: RecoveryView },
    },
    async ({ actor, params }) => reply(201, await beginRecovery(actor, params.membershipId)),
  ),
  endpoint(
    {
      method: "post",
      path: "/authenticator-recoveries/{recoveryId}/confirm",
      summary: "Confirm a recovery; the second administrator's word ends it",
      caller: "session",
      params: OneOf,
      responses: { 200: RecoveryView },
    },
    async ({ actor, params }) => reply(200, await confirmRecovery(actor, params.recoveryId)),
  ),
  endpoint(
    {
      method: "delete",
      path: "/authenticator-recoveries/{recoveryId}",
      summary: "Withdraw your own recovery, or refuse another's",
      caller: "session",
      params: OneOf,
      responses: { 200: RecoveryView },
    },
    async ({ actor, params }) => reply(200, await endRecovery(actor, params.recoveryId)),
  ),
] as const
