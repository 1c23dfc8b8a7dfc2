import type { PersonActor } from "@/lib/access/actor"
import type { Role } from "@/lib/access/permissions"
import { AppError } from "@/lib/errors/app-error"
import { placeFields, type Membership, type Place } from "./member"
import { memberCommand, requireHandling, type MemberContext } from "./member-command.service"
import { toMemberView, type MemberView } from "./member.schema"
import {
  agencyWideMembers,
  findMembership,
  hasOtherOwner,
  lockMember,
  rolesNow,
  saveEnd,
  saveRole,
  type MemberDb,
  type MemberRow,
} from "./members.repo"
import { requireHandlingEverywhere } from "./reach.service"
import { revokeSessionsOf } from "./sessions.repo"

/**
 * Gives a member another role. It counts from the next request on.
 *
 * @throws AppError `not_found`, `forbidden`, `own_role`, `last_owner`, `conflict` when they have the role already
 */
export async function changeRole(actor: PersonActor, membershipId: string, role: Role): Promise<MemberView> {
  const seen = await requireMembership(membershipId)

  return saveNewRole(actor, seen, { membershipId, role })
}

const saveNewRole = memberCommand(
  "PATCH /members/{membershipId}",
  async (context, { membershipId, role }: { membershipId: string; role: Role }) => {
    const member = await memberWhoLoses(context, membershipId, role)
    requireHandling(context.own, role)
    if (member.role === role) throw new AppError("conflict", "They have this role already.")

    await saveRole(context.db, membershipId, role)

    return {
      value: toMemberView({ ...member, role }),
      events: [
        {
          type: "member.changed",
          subject: { kind: "member", id: membershipId },
          plain: { personId: member.personId, from: member.role, to: role, ...placeFields(context.place) },
        },
      ],
    }
  },
)

/**
 * Ends a membership for good. Whoever comes back is invited again.
 *
 * @throws AppError `not_found`, `forbidden`, `own_role`, `last_owner`
 */
export async function endMember(actor: PersonActor, membershipId: string): Promise<MemberView> {
  const seen = await requireMembership(membershipId)

  return saveEnding(actor, seen, membershipId)
}

const saveEnding = memberCommand("DELETE /members/{membershipId}", async (context, membershipId: string) => {
  const member = await memberWhoLoses(context, membershipId, null)
  const endedAt = await saveEnd(context.db, membershipId)

  return {
    value: toMemberView({ ...member, endedAt }),
    events: [
      {
        type: "member.ended",
        subject: { kind: "member", id: membershipId },
        plain: { personId: member.personId, role: member.role, ...placeFields(context.place) },
      },
    ],
  }
})

/**
 * Signs a member out everywhere. They may sign in again: this is for a lost
 * device, not for a lost role.
 *
 * @throws AppError `not_found`, `forbidden`, `own_role`: one's own are on the account page
 */
export async function endSessionsOf(actor: PersonActor, membershipId: string): Promise<{ ended: number }> {
  const seen = await requireMembership(membershipId)

  return saveSignedOut(actor, seen, membershipId)
}

const saveSignedOut = memberCommand(
  "DELETE /members/{membershipId}/sessions",
  async (context, membershipId: string) => {
    const { personId } = await othersMember(context, membershipId)
    // A session is one for every place: a client's admin ends no owner's by a small part that they have there.
    await requireHandlingEverywhere(context.db, context.actor.personId, personId)
    const ended = await revokeSessionsOf(context.db, personId, null)

    return {
      value: { ended },
      events: [
        {
          type: "member.sessions_ended",
          subject: { kind: "member", id: membershipId },
          plain: { personId, count: ended, ...placeFields(context.place) },
        },
      ],
    }
  },
)

/** A membership by its id; whether the asker has a part in its place is the command's to find out. */
export async function requireMembership(membershipId: string) {
  const found = await findMembership(membershipId)
  if (found === null) throw new AppError("not_found")

  return found
}

/** Somebody else's membership, locked, that the actor may handle. */
export async function othersMember(
  { actor, db, place, own }: MemberContext,
  membershipId: string,
): Promise<MemberRow> {
  const member = await lockMember(db, membershipId, place)
  if (member === null) throw new AppError("not_found")
  if (member.personId === actor.personId) throw new AppError("own_role")
  requireHandling(own, member.role)

  return member
}

/** The same for a role that is to be given up: the last owner hears why, whoever asks. */
async function memberWhoLoses(
  context: MemberContext,
  membershipId: string,
  next: Role | null,
): Promise<MemberRow> {
  const { db, place } = context
  const isOwner = place.tenantId === null && next !== "owner" && (await isOwnerOf(db, place, membershipId))
  if (isOwner && !(await hasOtherOwner(db, place.agencyId, membershipId))) throw new AppError("last_owner")

  return othersMember(context, membershipId)
}

async function isOwnerOf(db: MemberDb, place: Place, membershipId: string): Promise<boolean> {
  return (await lockMember(db, membershipId, place))?.role === "owner"
}

/** The members of a whole agency, who can act in each of its tenants. */
export function membersOfAgency(db: MemberDb, agencyId: string): Promise<readonly Membership[]> {
  return agencyWideMembers(db, agencyId)
}

/** @throws AppError `forbidden` when the actor is no longer an owner of the whole agency, read under its lock */
export async function requireOwnerNow(db: MemberDb, actor: PersonActor, agencyId: string): Promise<void> {
  const own = await rolesNow(db, actor.personId, { agencyId, tenantId: null })
  if (!own.includes("owner")) throw new AppError("forbidden")
}

/** @throws AppError `forbidden` when the actor is no longer what let them in, read under the agency's lock */
export async function requireAdministratorNow(
  db: MemberDb,
  actor: PersonActor,
  agencyId: string,
): Promise<void> {
  const own = await rolesNow(db, actor.personId, { agencyId, tenantId: null })
  if (!own.includes("owner") && !own.includes("admin")) throw new AppError("forbidden")
}
