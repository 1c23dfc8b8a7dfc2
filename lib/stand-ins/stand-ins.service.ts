import type { PersonActor } from "@/lib/access/actor"
import { may } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import { AppError } from "@/lib/errors/app-error"
import { personCommand } from "@/lib/operations/account-command"
import type { AgencyEvent } from "@/lib/operations/agency-command"
import { newId } from "@/lib/operations/new-id"
import { concerns, timeFault, type StandIn } from "./stand-in"
import {
  toStandInView,
  type NameStandInBody,
  type PossibleStandIn,
  type StandInView,
} from "./stand-in.schema"
import {
  concernedTenants,
  findStandIn,
  insertStandIn,
  isPossible,
  listPossible,
  listStandIns,
  saveEnded,
} from "./stand-ins.repo"

/** Stand-ins that concern somebody: their own, those of whom they stand in for, and of whom they look after. */
export async function standInsFor(actor: PersonActor): Promise<StandInView[]> {
  const looksAfter = actor.tenants.filter(({ tenantId }) => may(actor, "member:manage", tenantId))
  const rows = await listStandIns(actor.personId, agenciesOf(looksAfter))
  const now = new Date()

  return rows.filter((row) => concerns(actor, row)).map((row) => toStandInView(row, actor, now))
}

/** Who can stand in for somebody; nobody where they decide nothing. */
export async function possibleStandIns(actor: PersonActor): Promise<PossibleStandIn[]> {
  const rows = await listPossible(actor.personId, agenciesOf(actor.tenants))
  const isAlone = (name: string) => rows.filter((row) => row.name === name).length === 1

  return rows.map(({ email, ...row }) => ({ ...row, email: isAlone(row.name) ? null : email }))
}

/**
 * Says who votes in one's place, and from when to when: somebody who already
 * reads every tenant in which one votes.
 *
 * @throws AppError `invalid_request` about the time, `forbidden` for who votes nowhere there, `unknown_stand_in`,
 * `stand_in_open`
 */
export async function nameStandIn(actor: PersonActor, body: NameStandInBody): Promise<StandInView> {
  const now = new Date()
  const asked = body.startsAt === undefined ? now : new Date(body.startsAt)
  const time = { startsAt: asked < now ? now : asked, endsAt: new Date(body.endsAt) }
  const fault = timeFault(time, now)
  if (fault !== null) {
    const reasons = [{ code: "invalid_request", ...fault }]
    throw new AppError("invalid_request", fault.message, { reasons })
  }

  const { agencyId, personId } = body
  const standInId = newId("standIn")
  await saveNamed(actor, actor.personId, { standInId, agencyId, personId, ...time })
  return viewOf(actor, standInId)
}

type Named = Pick<StandIn, "standInId" | "agencyId" | "personId" | "startsAt" | "endsAt">

const saveNamed = personCommand(async (db, named: Named) => {
  const { standInId, agencyId, personId, startsAt, endsAt } = named
  const tenantIds = await concernedTenants(db, agencyId)
  if (tenantIds.length === 0) throw new AppError("forbidden", "You decide nothing there.")
  if (!(await isPossible(db, agencyId, personId))) throw new AppError("unknown_stand_in")
  if (!(await insertStandIn(db, named))) throw new AppError("stand_in_open")

  const plain = {
    ...{ absentId: db.personId, personId, agencyId },
    startsAt: startsAt.getTime(),
    endsAt: endsAt.getTime(),
  }
  return { value: undefined, events: inEach(tenantIds, event("stand_in.named", standInId, plain)) }
})

/**
 * Ends a stand-in before its time: who is away does, who stands in, or whoever
 * looks after them.
 *
 * @throws AppError `not_found`, `stand_in_closed`
 */
export async function endStandIn(actor: PersonActor, standInId: string): Promise<StandInView> {
  const found = await findStandIn(standInId)
  if (found === null || !concerns(actor, found)) throw new AppError("not_found")
  await saveEarlyEnd(actor, found.absentId, { ...found, byId: actor.personId })

  return viewOf(actor, standInId)
}

const saveEarlyEnd = personCommand(async (db, ended: StandIn & Readonly<{ byId: string }>) => {
  const { standInId, agencyId, personId, byId } = ended
  if (!(await saveEnded(db, standInId, byId))) throw new AppError("stand_in_closed")

  const tenantIds = await concernedTenants(db, agencyId)
  const plain = { absentId: db.personId, personId, agencyId }
  return {
    value: undefined,
    // Who votes nowhere any more is still heard of where they have a part.
    events: inEach(
      tenantIds.length === 0 ? db.tenantIds : tenantIds,
      event("stand_in.ended", standInId, plain),
    ),
  }
})

async function viewOf(actor: PersonActor, standInId: string): Promise<StandInView> {
  const found = await findStandIn(standInId)
  if (found === null) throw new AppError("internal")

  return toStandInView(found, actor, new Date())
}

function agenciesOf(parts: readonly Readonly<{ agencyId: string }>[]): string[] {
  return [...new Set(parts.map(({ agencyId }) => agencyId))]
}

function event(
  type: "stand_in.named" | "stand_in.ended",
  standInId: string,
  plain: NonNullable<AuditEvent["plain"]>,
): AuditEvent {
  return { type, subject: { kind: "stand_in", id: standInId }, plain: { standInId, ...plain } }
}

function inEach(tenantIds: readonly string[], said: AuditEvent): readonly AgencyEvent[] {
  return tenantIds.map((tenantId) => ({ in: tenantId, event: said }))
}
