import { canonicalize, type JsonValue } from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { requireAdministering } from "@/lib/members/administrators.service"
import { countAsOne } from "@/lib/members/reach.service"
import { command, partyOf } from "@/lib/operations/command"
import { allowanceNow, applyAllowance, applyTier, tierNow } from "@/lib/tools/loosening.service"
import type { ToolRef } from "@/lib/tools/tool"
import { requireDocument } from "./policy-draft.service"
import type { ProposalView } from "./proposal.schema"
import { proposalView } from "./proposals.queries"
import { endProposal, lockProposal, type StoredProposal } from "./proposals.repo"
import { lockRules } from "./proposing.service"
import { published } from "./publishing.service"
import { proposalHash, type AllowancePlace, type AllowanceState, type TierState } from "./rule-proposal"

/**
 * Puts a proposal in force: a second person's yes to exactly what they read.
 *
 * @throws AppError `not_found`, `proposal_closed`, `separation_of_duties` for whoever proposed it, `counts_as_one`,
 * `hash_mismatch`, `conflict` when what it would change has changed since
 */
export async function approveProposal(
  actor: PersonActor,
  tenantId: string,
  input: Readonly<{ proposalId: string; hash: string }>,
): Promise<ProposalView> {
  const isCurrent = await saveApproval(actor, tenantId, input)
  if (!isCurrent) throw new AppError("conflict", "What it would change has changed since; it is superseded.")

  return proposalView(actor, tenantId, input.proposalId)
}

const saveApproval = command(
  "policy:manage",
  async ({ actor, db }, { proposalId, hash }: Readonly<{ proposalId: string; hash: string }>) => {
    const inForce = await lockRules(db)
    const { id } = partyOf(actor)
    const proposal = await requireOpen(db, proposalId)
    await requireAdministering(db, id)
    if (proposal.proposedById === id) {
      throw new AppError("separation_of_duties", "Somebody else has to approve what you proposed.")
    }
    if (await countAsOne(db, id, proposal.proposedById)) throw new AppError("counts_as_one")
    if (proposal.hash !== hash) throw new AppError("hash_mismatch", "This is not the proposal you read.")

    const approved: AuditEvent = {
      type: "rule.approved",
      subject: { kind: "proposal", id: proposalId },
      plain: { kind: proposal.kind, proposedById: proposal.proposedById },
      secret: { hash },
    }
    const outcome = await carryOut(db, { proposal, inForce, approvedById: id })
    return outcome.isCurrent
      ? { value: true, events: [approved, ...outcome.events] }
      : { value: false, events: outcome.events }
  },
)

/**
 * Refuses a proposal, with a reason that its author can read.
 *
 * @throws AppError `not_found`, `proposal_closed`, `reason_required`, `separation_of_duties` for one's own
 */
export async function rejectProposal(
  actor: PersonActor,
  tenantId: string,
  input: Readonly<{ proposalId: string; reason: string }>,
): Promise<ProposalView> {
  await saveRejection(actor, tenantId, input)

  return proposalView(actor, tenantId, input.proposalId)
}

const saveRejection = command(
  "policy:manage",
  async ({ actor, db }, { proposalId, reason }: Readonly<{ proposalId: string; reason: string }>) => {
    await lockRules(db)
    const { id } = partyOf(actor)
    const { kind, hash, proposedById } = await requireOpen(db, proposalId)
    if (proposedById === id)
      throw new AppError("separation_of_duties", "Withdraw what you proposed yourself.")
    if (reason.trim() === "") throw new AppError("reason_required")
    await endProposal(db, proposalId, { status: "rejected", decidedById: id, reason })

    const subject = { kind: "proposal", id: proposalId } as const
    return {
      value: null,
      events: [{ type: "rule.rejected", subject, plain: { kind, proposedById }, secret: { hash, reason } }],
    }
  },
)

/**
 * Takes back what one proposed.
 *
 * @throws AppError `not_found`, `proposal_closed`, `forbidden` for somebody else's
 */
export async function withdrawProposal(
  actor: PersonActor,
  tenantId: string,
  proposalId: string,
): Promise<ProposalView> {
  await saveWithdrawal(actor, tenantId, proposalId)

  return proposalView(actor, tenantId, proposalId)
}

const saveWithdrawal = command("policy:manage", async ({ actor, db }, proposalId: string) => {
  await lockRules(db)
  const { id } = partyOf(actor)
  const { kind, proposedById } = await requireOpen(db, proposalId)
  if (proposedById !== id) throw new AppError("forbidden", "Only who proposed it can withdraw it.")
  await endProposal(db, proposalId, { status: "withdrawn", decidedById: id, reason: null })

  const subject = { kind: "proposal", id: proposalId } as const
  return { value: null, events: [{ type: "rule.withdrawn", subject, plain: { kind } }] }
})

async function requireOpen(db: TenantDb, proposalId: string): Promise<StoredProposal> {
  const found = await lockProposal(db, proposalId)
  if (found === null) throw new AppError("not_found")
  if (found.status !== "open") throw new AppError("proposal_closed")

  return found
}

/** What a decision to put a proposal in force came to. */
export type Outcome = Readonly<{ isCurrent: boolean; events: readonly [AuditEvent, ...AuditEvent[]] }>

type Decision = Readonly<{ proposal: StoredProposal; inForce: number; approvedById: string | null }>

/**
 * Puts an open proposal in force if what it was written on still holds, and
 * ends it either way. The rules must be locked.
 *
 * @throws AppError `hash_mismatch` when what is stored is not what was proposed
 */
export async function carryOut(db: TenantDb, decision: Decision): Promise<Outcome> {
  const { proposal, approvedById } = decision
  const { proposalId, kind, hash } = proposal
  if (proposalHash({ tenantId: db.tenantId, ...proposal }) !== hash) throw new AppError("hash_mismatch")

  const isCurrent = await stillHolds(db, decision)
  const status = isCurrent ? "published" : "superseded"
  await endProposal(db, proposalId, { status, decidedById: isCurrent ? approvedById : null, reason: null })
  if (isCurrent) return { isCurrent, events: await apply(db, decision) }

  const subject = { kind: "proposal", id: proposalId } as const
  return { isCurrent, events: [{ type: "rule.superseded", subject, plain: { kind } }] }
}

async function stillHolds(db: TenantDb, { proposal, inForce }: Decision): Promise<boolean> {
  const { kind, subject, before } = proposal
  if (kind === "policy") return proposal.basedOn === inForce

  const now =
    kind === "tier"
      ? await tierNow(db, JSON.parse(subject) as ToolRef)
      : await allowanceNow(db, JSON.parse(subject) as AllowancePlace)
  return before.equals(Buffer.from(canonicalize(now as JsonValue)))
}

async function apply(db: TenantDb, decision: Decision): Promise<Outcome["events"]> {
  const { proposal, approvedById } = decision
  const { kind, subject, proposalId } = proposal
  const after: unknown = JSON.parse(proposal.after.toString("utf8"))
  const decided = { proposalId, proposedById: proposal.proposedById, approvedById }

  switch (kind) {
    case "tier":
      return [await applyTier(db, JSON.parse(subject) as ToolRef, (after as TierState).tier, decided)]
    case "allowance":
      return [
        await applyAllowance(db, JSON.parse(subject) as AllowancePlace, {
          ...(after as AllowanceState),
          ...decided,
        }),
      ]
    case "policy":
      return applyPolicy(db, decision)
  }
}

async function applyPolicy(
  db: TenantDb,
  { proposal, inForce, approvedById }: Decision,
): Promise<Outcome["events"]> {
  const { text, note, restores, rolloutId, proposalId, proposedById } = proposal
  if (text === null) throw new AppError("internal", "A proposed policy has no text.")
  const document = requireDocument(text)
  if (!proposal.after.equals(Buffer.from(canonicalize(document as unknown as JsonValue)))) {
    throw new AppError("hash_mismatch", "The proposed text no longer says what was proposed.")
  }
  const { events } = await published(db, {
    document,
    text,
    note,
    basedOn: inForce,
    authorId: proposedById,
    restores,
    rolloutId,
    approvedById,
    proposalId,
  })

  return events
}
