import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { checkDraft } from "./policy-draft.service"
import { readPolicies, readPolicyVersion } from "./policy-view.service"
import {
  CheckBody,
  CheckedDraftView,
  PolicyList,
  PolicyView,
  PublicationView,
  PublishBody,
  RestoreBody,
} from "./policy-version.schema"
import { publishPolicy, restorePolicy } from "./publishing.service"

const TenantParams = z.strictObject({ tenantId: IdText })
/** In a path or query a version is its digits; what is none names nothing. */
const VersionText = z
  .string()
  .regex(/^[1-9][0-9]{0,8}$/)
  .transform(Number)
const VersionParams = z.strictObject({ tenantId: IdText, version: VersionText })

export const policyRoutes = [
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/policies",
      summary: "List the versions of a client's policy, newest first, and which is in force",
      caller: "session",
      params: TenantParams,
      query: z.strictObject({
        cursor: z
          .string()
          .regex(/^[1-9][0-9]{0,8}$/)
          .optional(),
      }),
      responses: { 200: PolicyList },
    },
    async ({ actor, params, query }) => reply(200, await readPolicies(actor, params.tenantId, query)),
  ),
  endpoint(
    {
      method: "get",
      path: "/tenants/{tenantId}/policies/{version}",
      summary: "Read a version of a policy, and how it differs from another one",
      caller: "session",
      params: VersionParams,
      query: z.strictObject({ against: VersionText.optional() }),
      responses: { 200: PolicyView },
    },
    async ({ actor, params: { tenantId, version }, query }) =>
      reply(200, await readPolicyVersion(actor, tenantId, { version, ...query })),
  ),
  endpoint(
    {
      method: "post",
      path: "/tenants/{tenantId}/policies/check",
      summary: "Say what is wrong with a draft, line by line, or what publishing it would change",
      caller: "session",
      params: TenantParams,
      body: CheckBody,
      responses: { 200: CheckedDraftView },
    },
    async ({ actor, params, body }) => {
      const { comparison, problems, against } = await checkDraft(actor, params.tenantId, body.text)
      return reply(200, {
        problems: [...problems],
        against,
        comparison: comparison === null ? null : spread(comparison),
      })
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/tenants/{tenantId}/policies",
      summary: "Publish a policy; one that loosens the rules waits for a second person",
      caller: "session",
      params: TenantParams,
      body: PublishBody,
      responses: { 201: PublicationView },
    },
    async ({ actor, params, body }) => reply(201, await publishPolicy(actor, params.tenantId, body)),
  ),
  endpoint(
    {
      method: "post",
      path: "/tenants/{tenantId}/policies/{version}/restore",
      summary: "Publish what an older version said, by the same rules",
      caller: "session",
      params: VersionParams,
      body: RestoreBody,
      responses: { 201: PublicationView },
    },
    async ({ actor, params: { tenantId, version }, body }) =>
      reply(201, await restorePolicy(actor, tenantId, { version, ...body })),
  ),
] as const

type Comparison = NonNullable<Awaited<ReturnType<typeof checkDraft>>["comparison"]>

function spread({ diff, loosens, tightens, ...rest }: Comparison) {
  return { ...rest, diff: [...diff], loosens: [...loosens], tightens: [...tightens] }
}
