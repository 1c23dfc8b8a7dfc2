import { mayInAgency, may, type PersonActor } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import { AppError } from "@/lib/errors/app-error"
import { placeFields } from "@/lib/members/member"
import { memberCommand, type MemberContext } from "@/lib/members/member-command.service"
import { othersMember, requireMembership } from "@/lib/members/members.service"
import { countAsOne, mayHandleEverywhere, requireHandlingEverywhere } from "@/lib/members/reach.service"
import { accountCommand } from "@/lib/operations/account-command"
import { newId } from "@/lib/operations/new-id"
import { enrolledIds, removeAuthenticators } from "./authenticators.repo"
import {
  findRecovery,
  insertRecovery,
  listRecoveries,
  lockOpen,
  partOf,
  saveDone,
  saveEnded,
  saveFirst,
} from "./recoveries.repo"
import { mayAttend, type Recovery } from "./recovery"
import { toRecoveryView, type RecoveryView } from "./recovery.schema"

/** Recoveries that concern somebody: of themselves, and of whom they look after. What ended stays for a week. */
export async function recoveriesFor(actor: PersonActor): Promise<RecoveryView[]> {
  const rows = await listRecoveries({
    personId: actor.personId,
    agencyIds: actor.agencies.flatMap(({ agencyId }) =>
      mayInAgency(actor, "member:manage", agencyId) ? [agencyId] : [],
    ),
    tenantIds: actor.tenants.flatMap(({ tenantId }) =>
      may(actor, "member:manage", tenantId) ? [tenantId] : [],
    ),
  })

  return rows
    .filter((row) => row.personId === actor.personId || mayAttend(actor, row))
    .map((row) => toRecoveryView(row, actor))
}

/**
 * Asks for one's own authenticators to be taken away, because they are lost.
 * Asking changes nothing: two administrators have to confirm, or whoever resets
 * a person's password could ask in their name and confirm in their own.
 *
 * @throws AppError `no_authenticator`, `recovery_open`, `not_found` for who has a part nowhere
 */
export async function askForRecovery(actor: PersonActor): Promise<RecoveryView> {
  const recoveryId = newId("recovery")
  await saveAsked(actor.personId, recoveryId)

  return viewOf(actor, recoveryId)
}

const saveAsked = accountCommand(async (db, recoveryId: string) => {
  const { personId } = db
  if ((await enrolledIds(db, personId)).length === 0) throw new AppError("no_authenticator")
  const membershipId = await partOf(db, personId)
  if (membershipId === null) throw new AppError("not_found")
  const made = { recoveryId, personId, membershipId, askedById: personId, firstAdminId: null }
  if (!(await insertRecovery(db, made))) throw new AppError("recovery_open")

  return { value: undefined, events: [event("recovery.asked", recoveryId, { personId })] }
})

/**
 * Begins the recovery of somebody else's authenticators: the first of two
 * confirmations.
 *
 * @throws AppError `not_found`, `forbidden`, `own_role`, `no_authenticator`, `recovery_open`
 */
export async function beginRecovery(actor: PersonActor, membershipId: string): Promise<RecoveryView> {
  const seen = await requireMembership(membershipId)
  const recoveryId = newId("recovery")
  await saveBegun(actor, seen, { membershipId, recoveryId })

  return viewOf(actor, recoveryId)
}

type Begun = Readonly<{ membershipId: string; recoveryId: string }>

const saveBegun = memberCommand(
  "POST /members/{membershipId}/authenticator-recovery",
  async (context, { membershipId, recoveryId }: Begun) => {
    const { actor, db, place } = context
    const { personId } = await handled(context, membershipId)
    if ((await enrolledIds(db, personId)).length === 0)
      throw new AppError("no_authenticator", "They have no authenticator.")
    const made = {
      recoveryId,
      personId,
      membershipId,
      askedById: actor.personId,
      firstAdminId: actor.personId,
    }
    if (!(await insertRecovery(db, made))) throw new AppError("recovery_open")

    return {
      value: undefined,
      events: [event("recovery.asked", recoveryId, { personId, ...placeFields(place) })],
    }
  },
)

/**
 * Confirms a recovery. The second administrator's word takes every authenticator
 * from the person, who can then enrol another with their password.
 *
 * @throws AppError `not_found`, `forbidden`, `own_role`, `recovery_closed`, `second_person_required`
 */
export async function confirmRecovery(actor: PersonActor, recoveryId: string): Promise<RecoveryView> {
  const seen = await requireRecovery(recoveryId)
  await saveConfirmed(actor, seen, seen)

  return viewOf(actor, recoveryId)
}

const saveConfirmed = memberCommand(
  "POST /authenticator-recoveries/{recoveryId}/confirm",
  async (context, { recoveryId, membershipId }: Recovery) => {
    const { actor, db, place } = context
    const { personId } = await handled(context, membershipId)
    const first = await lockOpen(db, recoveryId)
    if (first === undefined) throw new AppError("recovery_closed")
    if (first !== null && (await countAsOne(db, actor.personId, first)))
      throw new AppError("second_person_required")

    const fields = { personId, ...placeFields(place) }
    // Who confirmed first and may not any more has confirmed nothing.
    if (first === null || !(await mayHandleEverywhere(db, first, personId))) {
      await saveFirst(db, recoveryId, actor.personId)
      return { value: undefined, events: [event("recovery.confirmed", recoveryId, fields)] }
    }

    await saveDone(db, recoveryId, actor.personId)
    const removed = await removeAuthenticators(db, personId, { authenticatorId: null, because: "recovery" })
    const done = { ...fields, firstAdminId: first, removed }
    return { value: undefined, events: [event("recovery.done", recoveryId, done)] }
  },
)

/**
 * Ends a recovery that waits: the person withdraws it, whoever asked for it, or
 * an administrator refuses it.
 *
 * @throws AppError `not_found`, `forbidden`, `recovery_closed`
 */
export async function endRecovery(actor: PersonActor, recoveryId: string): Promise<RecoveryView> {
  const seen = await requireRecovery(recoveryId)
  if (seen.personId === actor.personId) await saveWithdrawn(actor.personId, recoveryId)
  else await saveRefused(actor, seen, seen)

  return viewOf(actor, recoveryId)
}

const saveWithdrawn = accountCommand(async (db, recoveryId: string) => {
  if ((await lockOpen(db, recoveryId)) === undefined) throw new AppError("recovery_closed")
  await saveEnded(db, recoveryId, { status: "withdrawn", byId: db.personId })

  return {
    value: undefined,
    events: [event("recovery.withdrawn", recoveryId, { personId: db.personId })],
  }
})

const saveRefused = memberCommand(
  "DELETE /authenticator-recoveries/{recoveryId}",
  async (context, { recoveryId, membershipId }: Recovery) => {
    const { actor, db, place } = context
    const { personId } = await handled(context, membershipId)
    if ((await lockOpen(db, recoveryId)) === undefined) throw new AppError("recovery_closed")
    await saveEnded(db, recoveryId, { status: "refused", byId: actor.personId })

    return {
      value: undefined,
      events: [event("recovery.refused", recoveryId, { personId, ...placeFields(place) })],
    }
  },
)

/** Somebody else, every role of whom the actor may handle: an authenticator is one for every place. */
async function handled(context: MemberContext, membershipId: string): Promise<{ personId: string }> {
  const { personId } = await othersMember(context, membershipId)
  await requireHandlingEverywhere(context.db, context.actor.personId, personId)

  return { personId }
}

async function requireRecovery(recoveryId: string): Promise<Recovery> {
  const found = await findRecovery(recoveryId)
  if (found === null) throw new AppError("not_found")

  return found
}

async function viewOf(actor: PersonActor, recoveryId: string): Promise<RecoveryView> {
  return toRecoveryView(await requireRecovery(recoveryId), actor)
}

function event(
  type: AuditEvent["type"],
  recoveryId: string,
  plain: NonNullable<AuditEvent["plain"]>,
): AuditEvent {
  return { type, subject: { kind: "recovery", id: recoveryId }, plain }
}
