import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { KeyChangesBody, KeyList, KeyView, MadeKey, NewKeyBody, RotationBody } from "./key.schema"
import { keyView, listKeys } from "./keys.queries"
import { changeKeySettings, createKey, endKey, rotateKey } from "./managing.service"

const TenantParams = z.strictObject({ tenantId: IdText })
const KeyParams = z.strictObject({ tenantId: IdText, keyId: IdText })

export const keyRoutes = [
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/keys",
      summary: "List the API keys of a tenant, newest first",
      caller: "session",
      params: TenantParams,
      query: z.strictObject({ cursor: IdText.optional() }),
      responses: { 200: KeyList },
    },
    async ({ actor, params, query }) => reply(200, await listKeys(actor, params.tenantId, query)),
  ),
  endpoint(
    {
      method: "post",
      path: "/tenants/{tenantId}/keys",
      summary: "Make an API key; its secret is in this answer and nowhere else",
      caller: "session",
      params: TenantParams,
      body: NewKeyBody,
      responses: { 201: MadeKey },
    },
    async ({ actor, params, body }) => reply(201, await createKey(actor, params.tenantId, body)),
  ),
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/keys/{keyId}",
      summary: "Read an API key, without its secret",
      caller: "session",
      params: KeyParams,
      responses: { 200: KeyView },
    },
    async ({ actor, params }) => reply(200, await keyView(actor, params.tenantId, params.keyId)),
  ),
  endpoint(
    {
      method: "patch",
      path: "/tenants/{tenantId}/keys/{keyId}",
      summary: "Change the name or the addresses of an API key",
      caller: "session",
      params: KeyParams,
      body: KeyChangesBody,
      responses: { 200: KeyView },
    },
    async ({ actor, params, body }) =>
      reply(200, await changeKeySettings(actor, params.tenantId, { ...body, keyId: params.keyId })),
  ),
  endpoint(
    {
      method: "post",
      path: "/tenants/{tenantId}/keys/{keyId}/rotate",
      summary: "Make the successor of an API key, which then ends after the overlap",
      caller: "session",
      params: KeyParams,
      body: RotationBody,
      responses: { 201: MadeKey },
    },
    async ({ actor, params, body }) =>
      reply(201, await rotateKey(actor, params.tenantId, { ...body, keyId: params.keyId })),
  ),
  endpoint(
    {
      method: "delete",
      path: "/tenants/{tenantId}/keys/{keyId}",
      summary: "Revoke an API key at once",
      caller: "session",
      params: KeyParams,
      responses: { 200: KeyView },
    },
    async ({ actor, params }) => reply(200, await endKey(actor, params.tenantId, params.keyId)),
  ),
] as const
