import type { Caller, Reply } from "./api"

/** What these operations name: somebody's, or nobody's. */
type Ids = Readonly<{ tenantId: string; membershipId: string; invitationId: string; recoveryId: string }>

type Operation =
  "public" | "own" | Readonly<{ ask: (who: Caller, ids: Ids) => Promise<Reply>; answers?: number }>

/** How a stranger asks for each call about people and clients. Ending comes last: what is ended is not there. */
export const peopleOperations: Readonly<Record<string, Operation>> = {
  "PUT /api/v1/session/password": "own",
  "POST /api/v1/password-resets/use": "public",
  "GET /api/v1/sessions": "own",
  "DELETE /api/v1/sessions": "own",
  "DELETE /api/v1/sessions/:sessionId": "own",
  "GET /api/v1/session/authenticators": "own",
  "POST /api/v1/session/authenticators/options": "own",
  "POST /api/v1/session/authenticators": "own",
  "PATCH /api/v1/session/authenticators/:authenticatorId": "own",
  "DELETE /api/v1/session/authenticators/:authenticatorId": "own",
  "POST /api/v1/session/authenticator-recovery": "own",
  "GET /api/v1/authenticator-recoveries": "own",
  "POST /api/v1/members/:membershipId/authenticator-recovery": {
    ask: (who, { membershipId }) => who.post(`/api/v1/members/${membershipId}/authenticator-recovery`),
  },
  "POST /api/v1/authenticator-recoveries/:recoveryId/confirm": {
    ask: (who, { recoveryId }) => who.post(`/api/v1/authenticator-recoveries/${recoveryId}/confirm`),
  },
  "DELETE /api/v1/authenticator-recoveries/:recoveryId": {
    ask: (who, { recoveryId }) => who.delete(`/api/v1/authenticator-recoveries/${recoveryId}`),
  },
  "GET /api/v1/tenants": "own",
  "POST /api/v1/tenants": "own",
  "GET /api/v1/tenants/:tenantId": { ask: (who, { tenantId }) => who.get(`/api/v1/tenants/${tenantId}`) },
  "PATCH /api/v1/tenants/:tenantId": {
    ask: (who, { tenantId }) => who.patch(`/api/v1/tenants/${tenantId}`, { name: "Acme Dental" }),
  },
  "GET /api/v1/members": {
    answers: 200,
    ask: (who, { tenantId }) => who.get(`/api/v1/members?tenantId=${tenantId}`),
  },
  "PATCH /api/v1/members/:membershipId": {
    ask: (who, { membershipId }) => who.patch(`/api/v1/members/${membershipId}`, { role: "reviewer" }),
  },
  "POST /api/v1/members/:membershipId/reset-link": {
    ask: (who, { membershipId }) => who.post(`/api/v1/members/${membershipId}/reset-link`),
  },
  "DELETE /api/v1/members/:membershipId/sessions": {
    ask: (who, { membershipId }) => who.delete(`/api/v1/members/${membershipId}/sessions`),
  },
  "DELETE /api/v1/members/:membershipId": {
    ask: (who, { membershipId }) => who.delete(`/api/v1/members/${membershipId}`),
  },
  "GET /api/v1/invitations": {
    answers: 200,
    ask: (who, { tenantId }) => who.get(`/api/v1/invitations?tenantId=${tenantId}`),
  },
  "POST /api/v1/invitations": {
    ask: (who, { tenantId }) =>
      who.post("/api/v1/invitations", { email: "new@people.example", role: "reviewer", tenantId }),
  },
  "POST /api/v1/invitations/accept": "public",
  "DELETE /api/v1/invitations/:invitationId": {
    ask: (who, { invitationId }) => who.delete(`/api/v1/invitations/${invitationId}`),
  },
}

/** An open invitation to a tenant; gives its id. */
export async function invitedBy(admin: Caller, tenantId: string): Promise<string> {
  const body = { email: "invited@people.example", role: "auditor", tenantId }
  const invited = await admin.post("/api/v1/invitations", body)

  return invited.body.invitation.invitationId
}
