import { canonicalize, type JsonValue } from "@deltaseal/guard/change"
import type { AuditEvent } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { hasSecondPerson } from "@/lib/members/administrators.service"
import { newId } from "@/lib/operations/new-id"
import { lockVersionInForce } from "./policies.repo"
import { insertProposal, supersedeOpen } from "./proposals.repo"
import { noticeHours, proposalHash, type ProposalKind, type Proposed } from "./rule-proposal"

/** A loosening, with who asks for it; the last four are a policy's. */
export type Loosening = Proposed &
  Readonly<{
    personId: string
    note: string
    loosens: readonly string[]
    text?: string
    basedOn?: number
    restores?: number | null
    rolloutId?: string | null
  }>

/**
 * Keeps a loosening for a second person, or for the clock where the tenant has
 * none: then it takes effect after 24 hours, shown to everybody meanwhile.
 *
 * @throws AppError `proposal_open` when one about the same thing waits already
 */
export async function propose(
  db: TenantDb,
  loosening: Loosening,
): Promise<Readonly<{ proposalId: string; event: AuditEvent }>> {
  const { kind, personId, note, loosens } = loosening
  const named = {
    tenantId: db.tenantId,
    proposalId: newId("proposal"),
    kind,
    subject: canonicalize(loosening.subject),
    before: jcs(loosening.before),
    after: jcs(loosening.after),
    text: loosening.text ?? null,
  }
  const hash = proposalHash(named)
  const hasOther = await hasSecondPerson(db, personId)
  const isKept = await insertProposal(db, {
    ...named,
    hash,
    note,
    loosens,
    proposedById: personId,
    noticeHours: hasOther ? null : noticeHours,
    basedOn: loosening.basedOn ?? null,
    restores: loosening.restores ?? null,
    rolloutId: loosening.rolloutId ?? null,
  })
  if (!isKept) throw new AppError("proposal_open")

  return {
    proposalId: named.proposalId,
    event: {
      type: "rule.proposed",
      subject: { kind: "proposal", id: named.proposalId },
      plain: { kind, awaits: hasOther ? "second_person" : "notice", loosens: loosens.length },
      secret: { hash, about: named.subject },
    },
  }
}

/** Ends what waits about a thing that has just been changed another way; about all of the kind where none is named. */
export async function supersede(
  db: TenantDb,
  { kind, subject }: Readonly<{ kind: ProposalKind; subject: JsonValue }>,
): Promise<AuditEvent[]> {
  const ended = await supersedeOpen(db, { kind, subject: subject === null ? null : canonicalize(subject) })

  return ended.map((id) => ({ type: "rule.superseded", subject: { kind: "proposal", id }, plain: { kind } }))
}

/**
 * Of two changes to a tenant's rules the second sees the first. Taken before
 * any other row, so that a decision on a proposal and a change of what it is
 * about never wait for each other.
 *
 * @returns the version of the policy in force
 */
export async function lockRules(db: TenantDb): Promise<number> {
  const version = await lockVersionInForce(db)
  if (version === null) throw new AppError("not_found")

  return version
}

function jcs(value: Proposed["before"]): Buffer {
  return Buffer.from(canonicalize(value as JsonValue))
}
