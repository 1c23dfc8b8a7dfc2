import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { ChangeTenantBody, CreateTenantBody, TenantList, TenantView } from "./tenant.schema"
import { listTenants, readTenant } from "./tenants.queries"
import { changeTenant, createTenant } from "./tenants.service"

const TenantParams = z.strictObject({ tenantId: IdText })

export const tenantRoutes = [
  endpoint(
    {
      method: "get",
      path: "/tenants",
      summary: "List the clients you may see, newest first",
      caller: "session",
      query: z.strictObject({ cursor: IdText.optional() }),
      responses: { 200: TenantList },
    },
    async ({ actor, query }) => reply(200, await listTenants(actor, query)),
  ),
  endpoint(
    {
      method: "post",
      path: "/tenants",
      summary: "Add a client to your agency",
      caller: "session",
      body: CreateTenantBody,
      responses: { 201: TenantView },
    },
    async ({ actor, body }) => reply(201, await createTenant(actor, body)),
  ),
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}",
      summary: "Read a client",
      caller: "session",
      params: TenantParams,
      responses: { 200: TenantView },
    },
    async ({ actor, params }) => reply(200, await readTenant(actor, params.tenantId)),
  ),
  endpoint(
    {
      method: "patch",
      path: "/tenants/{tenantId}",
      summary: "Rename a client, suspend it with everything it has open, or resume it",
      caller: "session",
      params: TenantParams,
      body: ChangeTenantBody,
      responses: { 200: TenantView },
    },
    async ({ actor, params, body }) => reply(200, await changeTenant(actor, params.tenantId, body)),
  ),
] as const
