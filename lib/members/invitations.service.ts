import type { PersonActor } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import { AppError } from "@/lib/errors/app-error"
import { newId } from "@/lib/operations/new-id"
import {
  findInvitation,
  insertInvitation,
  replaceInvitations,
  revokeInvitation,
  type InvitationRow,
} from "./invitations.repo"
import { linkMac, linkUrl, newLinkToken } from "./link-token"
import { placeFields, type Place } from "./member"
import { memberCommand, requireHandling } from "./member-command.service"
import { toInvitationView, type InvitationView, type InviteBody, type Invited } from "./invitation.schema"
import { isMemberByEmail } from "./members.repo"

/** How long an invitation can be accepted. */
export const invitationHours = 72

/**
 * Makes a link by which somebody becomes a member of a place. Another open one
 * for the same address and place stops working.
 *
 * @throws AppError `not_found`, `forbidden`, `already_member`, `invalid_request` when the agency has to be named
 */
export async function invite(actor: PersonActor, body: InviteBody): Promise<Invited> {
  return saveInvitation(actor, placeNamedBy(actor, body), body)
}

const saveInvitation = memberCommand(
  "POST /invitations",
  async ({ actor, db, place, own }, { email, role }: InviteBody) => {
    requireHandling(own, role)
    if (await isMemberByEmail(db, email, place)) throw new AppError("already_member")

    const replaced = await replaceInvitations(db, email, place)
    const token = newLinkToken()
    const row = await insertInvitation(db, {
      ...place,
      invitationId: newId("invitation"),
      email,
      role,
      tokenMac: linkMac("invitation", token),
      invitedById: actor.personId,
      hours: invitationHours,
    })
    const invitation = toInvitationView({ ...row, invitedByName: actor.name }, "pending")

    return {
      value: { invitation, link: linkUrl("invitation", token) },
      events: [
        {
          type: "member.invited",
          subject: { kind: "invitation", id: row.invitationId },
          plain: { role, expiresAt: row.expiresAt.getTime(), ...placeFields(place) },
          secret: { email },
        },
        ...replaced.map((invitationId) => revocation(invitationId, place, "replaced")),
      ],
    }
  },
)

/**
 * Takes an invitation back: its link stops working at once.
 *
 * @throws AppError `not_found`, `forbidden`, `conflict` when somebody was faster
 */
export async function withdrawInvitation(actor: PersonActor, invitationId: string): Promise<InvitationView> {
  const found = await findInvitation(invitationId)
  if (found === null) throw new AppError("not_found")

  const { agencyId, tenantId } = found
  return saveWithdrawal(actor, { agencyId, tenantId }, found)
}

const saveWithdrawal = memberCommand(
  "DELETE /invitations/{invitationId}",
  async ({ db, place, own }, invitation: InvitationRow) => {
    requireHandling(own, invitation.role)
    const { invitationId } = invitation
    if (!(await revokeInvitation(db, invitationId))) {
      throw new AppError("conflict", "The invitation was accepted or taken back a moment ago.")
    }

    return {
      value: toInvitationView(invitation, "revoked"),
      events: [revocation(invitationId, place, "withdrawn")],
    }
  },
)

function revocation(invitationId: string, place: Place, because: "replaced" | "withdrawn"): AuditEvent {
  return {
    type: "invitation.revoked",
    subject: { kind: "invitation", id: invitationId },
    plain: { because, ...placeFields(place) },
  }
}

/** The place that an invitation names; what the actor has no part in is not there. */
function placeNamedBy(actor: PersonActor, { agencyId, tenantId = null }: InviteBody): Place {
  if (tenantId !== null) {
    const tenant = actor.tenants.find((candidate) => candidate.tenantId === tenantId)
    if (tenant === undefined || (agencyId !== undefined && agencyId !== tenant.agencyId)) {
      throw new AppError("not_found")
    }
    return { agencyId: tenant.agencyId, tenantId }
  }

  return { agencyId: agencyId ?? onlyAgencyOf(actor), tenantId: null }
}

/** @throws AppError `forbidden` for who acts in clients only, `invalid_request` for who acts in several agencies */
export function onlyAgencyOf(actor: PersonActor): string {
  const [agency, ...others] = actor.agencies
  if (agency === undefined) throw new AppError("forbidden", "You have no role in an agency as a whole.")
  if (others.length > 0) {
    const message = "You act in several agencies: say which one."
    throw new AppError("invalid_request", message, {
      reasons: [{ code: "agency_required", message, path: "/agencyId" }],
    })
  }

  return agency.agencyId
}
