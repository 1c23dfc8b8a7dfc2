import { z } from "zod"
import { csrfTokenOf } from "@/lib/auth/csrf"
import { endpoint } from "@/lib/http/endpoint"

const Role = z.enum(["owner", "admin", "reviewer", "auditor"])

const SessionView = z.strictObject({
  person: z.strictObject({ personId: z.string(), name: z.string(), email: z.string() }),
  roles: z.array(z.strictObject({ role: Role, tenantId: z.string().nullable() })),
  tenants: z.array(z.strictObject({ tenantId: z.string(), name: z.string() })),
  csrfToken: z.string(),
})

export const sessionRoutes = [
  endpoint(
    {
      method: "get",
      path: "/session",
      summary: "Who is signed in, and the token that writes need",
      caller: "session",
      responses: { 200: SessionView },
    },
    ({ actor }) =>
      Promise.resolve({
        status: 200,
        body: {
          person: { personId: actor.personId, name: actor.name, email: actor.email },
          roles: [...actor.roles],
          tenants: actor.tenants.map(({ tenantId, name }) => ({ tenantId, name })),
          csrfToken: csrfTokenOf(actor.sessionId),
        },
      }),
  ),
] as const
