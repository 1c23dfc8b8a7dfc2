import type { PersonActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { linkCommand } from "@/lib/operations/link-command"
import { newId } from "@/lib/operations/new-id"
import { tenantName } from "@/lib/tenants/tenants.service"
import { tryLink } from "./attempts.service"
import type { AcceptBody, Accepted } from "./invitation.schema"
import { findOpenInvitation, spendInvitation, type OpenInvitation } from "./invitations.repo"
import { linkMac } from "./link-token"
import { mayHandle, placeFields, type Place } from "./member"
import { insertMembership, isMemberByEmail, rolesNow, type MemberDb } from "./members.repo"
import { hashChosen } from "./new-password.service"
import { insertPerson, isKnownEmail } from "./people.repo"

/** What whoever holds an invitation's link may know. */
export type InvitationPage = Readonly<{
  agencyName: string
  /** The one client it is for; null for the whole agency. */
  clientName: string | null
  role: OpenInvitation["role"]
  email: string
  invitedByName: string
  expiresAt: string
  /** Whether this e-mail signs in already, and so must, before it accepts. */
  isKnown: boolean
}>

/** What an invitation's page says, or null when the link is dead. Looking accepts nothing. */
export async function readInvitation(token: string): Promise<InvitationPage | null> {
  const found = await findOpenInvitation(linkMac("invitation", token))
  if (found === null) return null

  const { agencyName, tenantId, role, email, invitedByName, expiresAt } = found
  return {
    agencyName,
    clientName: tenantId === null ? null : await tenantName(tenantId),
    role,
    email,
    invitedByName,
    expiresAt: expiresAt.toISOString(),
    isKnown: await isKnownEmail(email),
  }
}

type Visit = Readonly<{ actor: PersonActor | null; address: string | null }>

/**
 * Makes the holder of a link a member. A person who is new comes with name and
 * password; one who is known has to be signed in as the invited one, so that a
 * link in the wrong hands gives nobody somebody else's account.
 *
 * @throws AppError `link_expired`, `unauthenticated` with what to do, `invalid_request`, `password_refused`,
 * `already_member`, `too_many_attempts`
 */
export function acceptInvitation({ actor, address }: Visit, body: AcceptBody): Promise<Accepted> {
  return tryLink(address, async () => {
    const invitation = await findOpenInvitation(linkMac("invitation", body.token))
    if (invitation === null) throw new AppError("link_expired")

    const person = await personFor(invitation, actor, body)
    return saveAcceptance(invitation.agencyId, { invitation, person })
  })
}

/** Who becomes a member: somebody with a session, or somebody new. */
type Joining = Readonly<{ personId: string; created: { name: string; passwordHash: string } | null }>

async function personFor(
  { email }: OpenInvitation,
  actor: PersonActor | null,
  { name, password }: AcceptBody,
): Promise<Joining> {
  if (actor?.email === email) return { personId: actor.personId, created: null }
  if (actor !== null) throw elsewhere("You are signed in as somebody else. Sign out first.")
  if (await isKnownEmail(email)) throw elsewhere("Sign in as the invited person first, then accept.")

  const missing = [...(name === undefined ? ["name"] : []), ...(password === undefined ? ["password"] : [])]
  if (name === undefined || password === undefined) {
    throw new AppError("invalid_request", "Give a name and a password.", {
      reasons: missing.map((path) => ({ code: "required", message: "This is needed.", path: `/${path}` })),
    })
  }
  const passwordHash = await hashChosen({ password, email, path: "/password" })
  return { personId: newId("person"), created: { name, passwordHash } }
}

const saveAcceptance = linkCommand(
  async ({ db }, given: Readonly<{ invitation: OpenInvitation; person: Joining }>) => {
    const { invitation, person } = given
    const { invitationId, invitedById, agencyId, tenantId, email, role } = invitation
    const place: Place = { agencyId, tenantId }
    if (!(await spendInvitation(db, invitationId))) throw new AppError("link_expired")
    if (!(await stillMayInvite(db, invitation))) throw new AppError("link_expired")
    if (await isMemberByEmail(db, email, place)) throw new AppError("already_member")
    if (person.created !== null && !(await insertPerson(db, { ...person, ...person.created, email }))) {
      throw elsewhere("Sign in as the invited person first, then accept.")
    }

    const { personId } = person
    const membershipId = newId("membership")
    await insertMembership(db, { ...place, membershipId, personId, role })

    return {
      value: { membershipId, agencyId, tenantId, personId, role },
      by: { kind: "person", id: personId },
      events: [
        {
          in: tenantId ?? "every_tenant",
          event: {
            type: "member.added",
            subject: { kind: "member", id: membershipId },
            plain: {
              personId,
              role,
              because: "invitation",
              invitationId,
              invitedById,
              ...placeFields(place),
            },
          },
        },
      ],
    }
  },
)

/** An invitation is worth what whoever made it could still give: an administrator who left invites nobody. */
async function stillMayInvite(db: MemberDb, invitation: OpenInvitation): Promise<boolean> {
  return mayHandle(await rolesNow(db, invitation.invitedById, invitation), invitation.role)
}

function elsewhere(message: string): AppError {
  return new AppError("unauthenticated", message)
}
