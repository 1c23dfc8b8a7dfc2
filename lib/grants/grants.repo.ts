import type { TenantDb } from "@/lib/db/tenant-db"

/** How many proposals are looked through, newest first: what is older is in the history of the policy. */
const proposalsMax = 200

export type StoredGrantProposal = Readonly<{
  proposalId: string
  status: string
  before: Buffer
  after: Buffer
  proposedById: string
  decidedById: string | null
}>

/** Proposals of policies that hold grants, newest first, with the JCS bytes of what was and is to be in force. */
export async function findGrantProposals(db: TenantDb): Promise<readonly StoredGrantProposal[]> {
  const { rows } = await db.sql<StoredGrantProposal>`
    SELECT proposal_id AS "proposalId", status, before, after, proposed_by_id AS "proposedById",
      decided_by_id AS "decidedById"
    FROM rule_proposal
    WHERE tenant_id = ${db.tenantId} AND kind = 'policy' AND position('"grant":'::bytea IN after) > 0
    ORDER BY proposal_id DESC LIMIT ${proposalsMax}`

  return rows
}

/** How many uses of each grant are taken, by scope; one that nobody used is not there. */
export async function findGrantUses(db: TenantDb): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.sql<{ scope: string; uses: string }>`
    SELECT scope, sum(used) AS uses FROM limit_slot
    WHERE tenant_id = ${db.tenantId} AND window_start = 'infinity' GROUP BY scope`

  return new Map(rows.map(({ scope, uses }) => [scope, Number(uses)]))
}
