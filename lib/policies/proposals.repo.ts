import type { TenantDb } from "@/lib/db/tenant-db"
import type { ProposalKind, ProposalStatus } from "./rule-proposal"

/** A proposal as it is stored; `before` and `after` are JCS bytes, `subject` JCS text. */
export type StoredProposal = Readonly<{
  proposalId: string
  kind: ProposalKind
  subject: string
  before: Buffer
  after: Buffer
  text: string | null
  hash: string
  note: string
  proposedById: string
  status: ProposalStatus
  basedOn: number | null
  restores: number | null
  rolloutId: string | null
}>

export type NewProposal = Omit<StoredProposal, "status" | "before" | "after"> &
  Readonly<{
    before: Uint8Array
    after: Uint8Array
    loosens: readonly string[]
    /** How long the notice is; null where somebody else decides. */
    noticeHours: number | null
  }>

/** False when another one about the same thing is open. */
export async function insertProposal(db: TenantDb, proposal: NewProposal): Promise<boolean> {
  const { rowCount } = await db.sql`
    INSERT INTO rule_proposal (
      tenant_id, proposal_id, kind, subject, before, after, text, hash, note, loosens, proposed_by_id, proposed_at,
      effective_at, based_on, restores, rollout_id
    )
    SELECT ${db.tenantId}, ${proposal.proposalId}, ${proposal.kind}, ${proposal.subject}, ${proposal.before},
      ${proposal.after}, ${proposal.text}, ${proposal.hash}, ${proposal.note}, ${proposal.loosens}::text[],
      ${proposal.proposedById}, now, now + make_interval(hours => ${proposal.noticeHours}::int), ${proposal.basedOn},
      ${proposal.restores}, ${proposal.rolloutId}
    FROM date_trunc('milliseconds', clock_timestamp()) AS now
    ON CONFLICT (tenant_id, kind, subject) WHERE status = 'open' DO NOTHING`

  return rowCount > 0
}

/** A proposal, locked until the transaction ends; null when there is none. */
export async function lockProposal(db: TenantDb, proposalId: string): Promise<StoredProposal | null> {
  const { rows } = await db.sql<StoredProposal>`
    SELECT proposal_id AS "proposalId", kind, subject, before, after, text, hash, note,
      proposed_by_id AS "proposedById", status, based_on AS "basedOn", restores, rollout_id AS "rolloutId"
    FROM rule_proposal WHERE tenant_id = ${db.tenantId} AND proposal_id = ${proposalId} FOR UPDATE`

  return rows[0] ?? null
}

export type Ending = Readonly<{
  status: Exclude<ProposalStatus, "open">
  /** Null where the clock or another change did it. */
  decidedById: string | null
  reason: string | null
}>

export async function endProposal(db: TenantDb, proposalId: string, ending: Ending): Promise<void> {
  await db.sql`
    UPDATE rule_proposal SET status = ${ending.status}, decided_by_id = ${ending.decidedById},
      decided_at = clock_timestamp(), reason = ${ending.reason}
    WHERE tenant_id = ${db.tenantId} AND proposal_id = ${proposalId} AND status = 'open'`
}

/** Ends what is open about one thing, or about everything of a kind; gives the ids. */
export async function supersedeOpen(
  db: TenantDb,
  { kind, subject }: Readonly<{ kind: ProposalKind; subject: string | null }>,
): Promise<readonly string[]> {
  const { rows } = await db.sql<{ proposalId: string }>`
    UPDATE rule_proposal SET status = 'superseded', decided_at = clock_timestamp()
    WHERE tenant_id = ${db.tenantId} AND kind = ${kind} AND subject = coalesce(${subject}::text, subject)
      AND status = 'open'
    RETURNING proposal_id AS "proposalId"`

  return rows.map(({ proposalId }) => proposalId)
}

/** An open proposal whose notice is over, after this one in the order of ids, locked; null when there is none. */
export async function lockNextDue(db: TenantDb, after: string): Promise<StoredProposal | null> {
  const { rows } = await db.sql<StoredProposal>`
    SELECT proposal_id AS "proposalId", kind, subject, before, after, text, hash, note,
      proposed_by_id AS "proposedById", status, based_on AS "basedOn", restores, rollout_id AS "rolloutId"
    FROM rule_proposal
    WHERE tenant_id = ${db.tenantId} AND proposal_id > ${after} AND status = 'open'
      AND effective_at <= clock_timestamp()
    ORDER BY proposal_id LIMIT 1 FOR UPDATE SKIP LOCKED`

  return rows[0] ?? null
}

/** What of a rollout still waits here, locked; null when nothing does. */
export async function lockOpenOfRollout(
  db: TenantDb,
  rolloutId: string,
): Promise<Pick<StoredProposal, "proposalId" | "proposedById" | "hash"> | null> {
  const { rows } = await db.sql<Pick<StoredProposal, "proposalId" | "proposedById" | "hash">>`
    SELECT proposal_id AS "proposalId", proposed_by_id AS "proposedById", hash
    FROM rule_proposal
    WHERE tenant_id = ${db.tenantId} AND rollout_id = ${rolloutId} AND status = 'open' AND restores IS NULL
    FOR UPDATE`

  return rows[0] ?? null
}
