import type { PersonActor } from "@/lib/access/actor"
import { getApproval } from "@/lib/approvals/approvals.service"
import type { AuditEvent } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { command, partyOf } from "@/lib/operations/command"
import {
  dropPlanned,
  findEndedOf,
  findOut,
  insertNoticeRead,
  lockPeriod,
  movePlanned,
  savePeriod,
} from "./canaries.repo"
import { canaryResults } from "./canaries.queries"
import type { CanaryPeriod } from "./canary"
import type { CanariesView } from "./canary.schema"
import { drawMoment, planIn } from "./planning.service"
import { tellIn, type Told } from "./telling.service"

/**
 * Switches canaries on in a tenant, off, or to another rhythm. Off ends the one
 * that is under way, and says which it was.
 *
 * @param periodDays about how many days lie between two; null = off
 * @throws AppError `not_found`, `forbidden`, `conflict` when it is like that already
 */
export async function changeCanaries(
  actor: PersonActor,
  tenantId: string,
  periodDays: CanaryPeriod | null,
): Promise<CanariesView> {
  const wake = await saveChange(actor, tenantId, periodDays)
  wake()

  return canaryResults(actor, tenantId, null)
}

const saveChange = command("canary:manage", async ({ actor, db }, periodDays: CanaryPeriod | null) => {
  const seen = await lockPeriod(db)
  if (seen === periodDays) throw new AppError("conflict", "It is like that already.")
  await savePeriod(db, periodDays, partyOf(actor).id)

  const { events, wake } = periodDays === null ? await endUnderWay(db) : await keepUnderWay(db, periodDays)
  const changed: AuditEvent = {
    type: "canary.changed",
    subject: { kind: "tenant", id: db.tenantId },
    plain: { from: seen ?? "off", to: periodDays ?? "off" },
  }
  return { value: wake, events: [changed, ...events] }
})

const nobody = () => undefined

/** Whichever of the two it is by now: it may be let out at this moment. */
async function endUnderWay(db: TenantDb): Promise<Told> {
  const canaryId = await dropPlanned(db, "switched_off")
  const underWay = canaryId === null ? await findOut(db) : { canaryId, runId: null }

  return underWay === null ? { events: [], wake: nobody } : tellIn(db, underWay)
}

/** What is planned for another rhythm appears in the new one. */
async function keepUnderWay(db: TenantDb, periodDays: number): Promise<Told> {
  const planned = await planIn(db, periodDays)
  if (planned === null) await movePlanned(db, await drawMoment(db, periodDays))

  return { events: planned === null ? [] : [planned], wake: nobody }
}

/**
 * That a person has read how a canary ended on which they voted; they are not
 * told again.
 *
 * @throws AppError `not_found`; `conflict` for any other approval, and while it has not ended: nobody can find one out
 * by asking
 */
export async function dismissCanary(person: PersonActor, approvalId: string): Promise<void> {
  const { tenantId } = await getApproval({ kind: "person", actor: person }, approvalId)
  await saveDismissal(person, tenantId, { approvalId, personId: person.personId })
}

type Dismissal = Readonly<{ approvalId: string; personId: string }>

const saveDismissal = command("approval:read", async ({ db }, { approvalId, personId }: Dismissal) => {
  const canaryId = await findEndedOf(db, approvalId)
  if (canaryId === null) throw new AppError("conflict", "This has not turned out to be a test change.")
  await insertNoticeRead(db, canaryId, personId)

  return {
    value: undefined,
    events: [
      { type: "canary.seen", subject: { kind: "canary", id: canaryId }, plain: { canaryId, approvalId } },
    ],
  }
})
