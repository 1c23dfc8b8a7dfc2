import type { PersonActor } from "@/lib/access/actor"
import { query } from "@/lib/operations/query"
import type { PolicyDocument } from "./policy"

const pageSize = 50

/** A tenant with what is in force in it. `rules` is null where the version in force cannot be read. */
export type PolicyPlace = Readonly<{
  tenantId: string
  name: string
  version: number
  rules: number | null
  publishedAt: string | null
  openProposals: number
}>

export type PolicyPlaces = Readonly<{ items: readonly PolicyPlace[]; nextCursor: string | null }>

/** The tenants that a person may see, newest first, with the version in force and what waits about it. */
export const listPolicyPlaces: (
  actor: PersonActor,
  page: Readonly<{ cursor?: string | undefined }>,
) => Promise<PolicyPlaces> = query(
  "policy:read",
  async ({ db }, { cursor }: Readonly<{ cursor?: string | undefined }>) => {
    const rows = await db.tenant.findMany({
      where: cursor === undefined ? {} : { tenantId: { lt: cursor } },
      select: { tenantId: true, name: true, policyVersion: true },
      orderBy: { tenantId: "desc" },
      take: pageSize + 1,
    })
    const page = rows.slice(0, pageSize)
    const tenantIds = page.map(({ tenantId }) => tenantId)
    const inForce = await db.policyVersion.findMany({
      where: { OR: page.map(({ tenantId, policyVersion }) => ({ tenantId, version: policyVersion })) },
      select: { tenantId: true, document: true, publishedAt: true },
    })
    const waiting = await db.ruleProposal.groupBy({
      by: ["tenantId"],
      where: { tenantId: { in: tenantIds }, status: "open" },
      _count: true,
    })
    const policies = new Map(inForce.map((row) => [row.tenantId, row]))
    const counts = new Map(waiting.map(({ tenantId, _count }) => [tenantId, _count]))

    return {
      items: page.map(({ tenantId, name, policyVersion: version }) => {
        const policy = policies.get(tenantId)
        return {
          tenantId,
          name,
          version,
          rules: version === 1 ? 1 : rulesIn(policy?.document),
          publishedAt: policy?.publishedAt.toISOString() ?? null,
          openProposals: counts.get(tenantId) ?? 0,
        }
      }),
      nextCursor: rows.length > pageSize ? (page.at(-1)?.tenantId ?? null) : null,
    }
  },
)

function rulesIn(document: Uint8Array | undefined): number | null {
  if (document === undefined) return null

  try {
    return (JSON.parse(new TextDecoder().decode(document)) as PolicyDocument).rules.length
  } catch {
    return null
  }
}
