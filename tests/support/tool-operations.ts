import type { Caller, Reply } from "./api"

/** What these operations name: somebody's, or nobody's. */
type Ids = Readonly<{ tenantId: string; keyId: string; changeHash: string; tool: string }>

/** `own`: names nothing of a tenant's, so there is nothing to isolate. */
type Operation = "own" | Readonly<{ ask: (who: Caller, ids: Ids) => Promise<Reply> }>

/** How a stranger asks for each call about keys, tools and where these are allowed. */
export const toolOperations: Readonly<Record<string, Operation>> = {
  "GET /api/v1/tenants/:tenantId/keys": {
    ask: (who, { tenantId }) => who.get(`/api/v1/tenants/${tenantId}/keys`),
  },
  "POST /api/v1/tenants/:tenantId/keys": {
    ask: (who, { tenantId }) =>
      who.post(`/api/v1/tenants/${tenantId}/keys`, { name: "k", environments: ["dev"], scopes: ["poll"] }),
  },
  "GET /api/v1/tenants/:tenantId/keys/:keyId": {
    ask: (who, { tenantId, keyId }) => who.get(`/api/v1/tenants/${tenantId}/keys/${keyId}`),
  },
  "PATCH /api/v1/tenants/:tenantId/keys/:keyId": {
    ask: (who, { tenantId, keyId }) => who.patch(`/api/v1/tenants/${tenantId}/keys/${keyId}`, { name: "k" }),
  },
  "POST /api/v1/tenants/:tenantId/keys/:keyId/rotate": {
    ask: (who, { tenantId, keyId }) => who.post(`/api/v1/tenants/${tenantId}/keys/${keyId}/rotate`, {}),
  },
  "DELETE /api/v1/tenants/:tenantId/keys/:keyId": {
    ask: (who, { tenantId, keyId }) => who.delete(`/api/v1/tenants/${tenantId}/keys/${keyId}`),
  },
  // Registers in the tenant of whoever asks.
  "PUT /api/v1/servers/:server/tools/:name": "own",
  "GET /api/v1/tenants/:tenantId/tools": {
    ask: (who, { tenantId }) => who.get(`/api/v1/tenants/${tenantId}/tools`),
  },
  "GET /api/v1/tenants/:tenantId/tools/:server/:name/:version": {
    ask: (who, { tenantId, tool }) => who.get(`/api/v1/tenants/${tenantId}/tools/${tool}`),
  },
  "POST /api/v1/tenants/:tenantId/tools/:server/:name/:version/accept": {
    ask: (who, { tenantId, tool, changeHash }) =>
      who.post(`/api/v1/tenants/${tenantId}/tools/${tool}/accept`, {
        definitionHash: changeHash,
        tier: "T0_READ",
      }),
  },
  "PATCH /api/v1/tenants/:tenantId/tools/:server/:name/:version": {
    ask: (who, { tenantId, tool }) =>
      who.patch(`/api/v1/tenants/${tenantId}/tools/${tool}`, { status: "active" }),
  },
  "PUT /api/v1/tenants/:tenantId/allowances/:environment/:server/:name": {
    ask: (who, { tenantId, tool }) =>
      who.put(`/api/v1/tenants/${tenantId}/allowances/dev/${withoutVersion(tool)}`, { patchPaths: null }),
  },
  "DELETE /api/v1/tenants/:tenantId/allowances/:environment/:server/:name": {
    ask: (who, { tenantId, tool }) =>
      who.delete(`/api/v1/tenants/${tenantId}/allowances/dev/${withoutVersion(tool)}`),
  },
}

function withoutVersion(tool: string): string {
  return tool.split("/").slice(0, 2).join("/")
}
