import type { AuditEvent } from "@/lib/audit/audit-event"
import { inTenant, type TenantDb } from "@/lib/db/tenant-db"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { hasSecondPerson, requireAdministering } from "@/lib/members/administrators.service"
import { appendClockEvents } from "@/lib/operations/clock-events"
import { carryOut } from "./deciding-proposals.service"
import { lockNextDue, type StoredProposal } from "./proposals.repo"
import { lockRules } from "./proposing.service"

/**
 * Puts in force what a tenant's only administrator proposed 24 hours ago. By
 * the database's clock, in whoever's transaction looks first. One for whom
 * there is a second person by now, or whose author has lost their part, stays open.
 *
 * @returns how many took effect or were overtaken
 */
export async function applyDueProposals(tenantId: string): Promise<number> {
  let ended = 0
  let after: string | null = ""
  while (after !== null) {
    const from: string = after
    const done = await inTenant(tenantId, (db) => applyNext(db, from))
    after = done?.proposalId ?? null
    if (done?.isEnded === true) ended += 1
  }

  return ended
}

/** The same for whoever is about to look at the rules: a fault here does not keep them from it. */
export async function catchUp(tenantId: string): Promise<void> {
  await applyDueProposals(tenantId).catch((error: unknown) => {
    runtime().logger.error({ err: error, tenantId }, "a proposal that is due could not be put in force")
  })
}

/** Null when nothing is due any more. */
async function applyNext(
  db: TenantDb,
  after: string,
): Promise<Readonly<{ proposalId: string; isEnded: boolean }> | null> {
  const inForce = await lockRules(db)
  const proposal = await lockNextDue(db, after)
  if (proposal === null) return null
  const { proposalId } = proposal
  if (!(await mayTakeEffect(db, proposal))) return { proposalId, isEnded: false }

  const { isCurrent, events } = await carryOut(db, { proposal, inForce, approvedById: null })
  const { kind, proposedById, hash } = proposal
  const tookEffect: AuditEvent = {
    type: "rule.took_effect",
    subject: { kind: "proposal", id: proposalId },
    plain: { kind, proposedById },
    secret: { hash },
  }
  await appendClockEvents(db, isCurrent ? [tookEffect, ...events] : events)

  return { proposalId, isEnded: true }
}

async function mayTakeEffect(db: TenantDb, { proposedById }: StoredProposal): Promise<boolean> {
  try {
    await requireAdministering(db, proposedById)
  } catch (error) {
    if (error instanceof AppError && error.code === "forbidden") return false
    throw error
  }

  return !(await hasSecondPerson(db, proposedById))
}
