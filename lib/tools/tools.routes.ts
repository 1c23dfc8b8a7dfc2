import type { JsonValue } from "@deltaseal/guard/change"
import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { acceptTool, changeTool } from "./accepting.service"
import { allowTool, disallowTool } from "./allowing.service"
import { registerTool } from "./registering.service"
import { environments } from "./tool"
import {
  AcceptBody,
  AllowanceBody,
  AllowanceView,
  Registered,
  RegistrationBody,
  ToolChangeBody,
  ToolDetail,
  ToolList,
  ToolView,
} from "./tool.schema"
import { toolDetail } from "./tool-detail.service"
import { listTools } from "./tools.queries"

/** Printable, so that it reaches the operation that says what is wrong with a name, and never the database. */
const Named = z.string().max(1_000)
const Name = z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/)
const Version = z.string().regex(/^[\x21-\x7e]{1,128}$/)

const ToolParams = z.strictObject({ tenantId: IdText, server: Name, name: Name, version: Version })
const PlaceParams = z.strictObject({
  tenantId: IdText,
  environment: z.enum(environments),
  server: Name,
  name: Name,
})

export const toolRoutes = [
  endpoint(
    {
      method: "put",
      path: "/servers/{server}/tools/{name}",
      summary: "Register a tool as its server offers it; a person accepts it before it can be used",
      caller: "key",
      params: z.strictObject({ server: Named, name: Named }),
      body: RegistrationBody,
      responses: { 200: Registered },
    },
    async ({ actor, params, body: { version, definition } }) =>
      reply(200, await registerTool(actor, { ...params, version, definition: definition as JsonValue })),
  ),
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/tools",
      summary: "List the tools of a tenant by server, name and version",
      caller: "session",
      params: z.strictObject({ tenantId: IdText }),
      query: z.strictObject({
        cursor: z
          .string()
          .max(400)
          .regex(/^[\x21-\x7e]+$/)
          .optional(),
      }),
      responses: { 200: ToolList },
    },
    async ({ actor, params, query }) => reply(200, await listTools(actor, params.tenantId, query)),
  ),
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/tools/{server}/{name}/{version}",
      summary: "Read a tool with its definition, and what is offered in its place as a diff",
      caller: "session",
      params: ToolParams,
      responses: { 200: ToolDetail },
    },
    async ({ actor, params: { tenantId, ...ref } }) => reply(200, await toolDetail(actor, tenantId, ref)),
  ),
  endpoint(
    {
      method: "post",
      path: "/tenants/{tenantId}/tools/{server}/{name}/{version}/accept",
      summary: "Accept exactly the definition that was shown, with a tier",
      caller: "session",
      params: ToolParams,
      body: AcceptBody,
      responses: { 200: ToolView },
    },
    async ({ actor, params: { tenantId, ...ref }, body }) =>
      reply(200, await acceptTool(actor, tenantId, { ...ref, ...body })),
  ),
  endpoint(
    {
      method: "patch",
      path: "/tenants/{tenantId}/tools/{server}/{name}/{version}",
      summary: "Give a tool another tier, suspend it, or make it usable again",
      caller: "session",
      params: ToolParams,
      body: ToolChangeBody,
      responses: { 200: ToolView },
    },
    async ({ actor, params: { tenantId, ...ref }, body }) =>
      reply(200, await changeTool(actor, tenantId, { ...ref, change: body })),
  ),
  endpoint(
    {
      method: "put",
      path: "/tenants/{tenantId}/allowances/{environment}/{server}/{name}",
      summary: "Allow a tool in an environment, with the record fields it may change there",
      caller: "session",
      params: PlaceParams,
      body: AllowanceBody,
      responses: { 200: AllowanceView },
    },
    async ({ actor, params: { tenantId, ...place }, body }) =>
      reply(200, await allowTool(actor, tenantId, { ...place, ...body })),
  ),
  endpoint(
    {
      method: "delete",
      path: "/tenants/{tenantId}/allowances/{environment}/{server}/{name}",
      summary: "No longer allow a tool in an environment",
      caller: "session",
      params: PlaceParams,
      responses: { 200: AllowanceView },
    },
    async ({ actor, params: { tenantId, ...place } }) =>
      reply(200, await disallowTool(actor, tenantId, place)),
  ),
] as const
