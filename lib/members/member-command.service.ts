import type { PersonActor } from "@/lib/access/actor"
import { permissions, type Role } from "@/lib/access/permissions"
import { recordPersonRefusal } from "@/lib/audit/refusals.service"
import { AppError } from "@/lib/errors/app-error"
import { agencyCommand, type AgencyEvent } from "@/lib/operations/agency-command"
import { command, type Done } from "@/lib/operations/command"
import { mayHandle, type Place } from "./member"
import { lockAgency, rolesNow, type MemberDb } from "./members.repo"

export type MemberContext = Readonly<{
  actor: PersonActor
  db: MemberDb
  place: Place
  /** What the actor is in this place, read under the agency's lock. */
  own: readonly Role[]
}>

type Request<Input> = Readonly<{ actor: PersonActor; place: Place; input: Input }>

/**
 * A write about the people of a place. In a whole agency its leaf is in every
 * tenant's log, else in the tenant's. The agency's row is locked and the
 * actor's roles are read again behind it, so of two administrators who end
 * each other the second is one no longer.
 *
 * @param action how a refusal is named in the log
 */
export function memberCommand<Input, Output>(
  action: string,
  run: (context: MemberContext, input: Input) => Promise<Done<Output>>,
): (actor: PersonActor, place: Place, input: Input) => Promise<Output> {
  const runLocked = async (db: MemberDb, { actor, place, input }: Request<Input>): Promise<Done<Output>> => {
    const own = await rolesNow(db, actor.personId, place)
    if (!permissions["member:manage"].roles.some((role) => own.includes(role)))
      throw new AppError("forbidden")

    return run({ actor, db, place, own }, input)
  }
  const inWholeAgency = agencyCommand("member:manage", async ({ db }, request: Request<Input>) => {
    const { value, events } = await runLocked(db, request)
    const [first, ...rest] = events

    return { value, events: [everywhere(first), ...rest.map(everywhere)] as const }
  })
  const inOneTenant = command("member:manage", async ({ db }, request: Request<Input>) => {
    await lockAgency(db, request.place.agencyId)

    return runLocked(db, request)
  })

  return (actor, place, input) =>
    recorded({ actor, place, action }, () =>
      place.tenantId === null
        ? inWholeAgency(actor, place.agencyId, { actor, place, input })
        : inOneTenant(actor, place.tenantId, { actor, place, input }),
    )
}

/** @throws AppError `forbidden` when only an owner may give or take this role */
export function requireHandling(own: readonly Role[], role: Role): void {
  if (!mayHandle(own, role)) throw new AppError("forbidden", "Only an owner makes, changes or ends owners.")
}

function everywhere(event: AgencyEvent["event"]): AgencyEvent {
  return { in: "every_tenant", event }
}

type Attempted = Readonly<{ actor: PersonActor; place: Place; action: string }>

/** Such a refusal names no tenant in its path, so its leaf (SPEC 5.1) is written here: where the write would have had one. */
async function recorded<T>({ actor, place, action }: Attempted, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AppError) || error.isRecorded) throw error
    if (error.status !== 403 && error.status !== 422) throw error

    const { code, message, reasons } = error
    const logs = actor.tenants.filter(
      ({ agencyId, tenantId }) =>
        agencyId === place.agencyId && (place.tenantId === null || place.tenantId === tenantId),
    )
    for (const { tenantId } of logs) {
      await recordPersonRefusal(actor, { code, reasons, action, approvalId: null, runId: null, tenantId })
    }
    throw new AppError(code, message, { reasons, isRecorded: true, cause: error })
  }
}
