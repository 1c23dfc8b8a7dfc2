import type { PersonActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { accountCommand } from "@/lib/operations/account-command"
import type { ResetBody, ResetLink } from "./account.schema"
import { tryLink } from "./attempts.service"
import { linkMac, linkUrl, newLinkToken } from "./link-token"
import { placeFields } from "./member"
import { memberCommand } from "./member-command.service"
import { othersMember, requireMembership } from "./members.service"
import { hashChosen } from "./new-password.service"
import { savePassword } from "./people.repo"
import { mayHandleEverywhere, requireHandlingEverywhere } from "./reach.service"
import { findOpenReset, insertReset, revokeResets, spendReset, type OpenReset } from "./resets.repo"
import { revokeSessionsOf } from "./sessions.repo"

/** How long a reset link works. */
const resetMinutes = 60

/**
 * Makes a link by which a member who lost their password sets another. Whoever
 * holds it can become that person, so it takes somebody who may handle every
 * role the person has anywhere, not only the one that was named.
 *
 * @throws AppError `not_found`, `forbidden`, `own_role`
 */
export async function makeResetLink(actor: PersonActor, membershipId: string): Promise<ResetLink> {
  const seen = await requireMembership(membershipId)

  return saveResetLink(actor, seen, membershipId)
}

const saveResetLink = memberCommand(
  "POST /members/{membershipId}/reset-link",
  async (context, membershipId: string) => {
    const { actor, db, place } = context
    const { personId } = await othersMember(context, membershipId)
    await requireHandlingEverywhere(db, actor.personId, personId)

    await revokeResets(db, personId)
    const token = newLinkToken()
    const tokenMac = linkMac("reset", token)
    const made = { tokenMac, personId, madeById: actor.personId, minutes: resetMinutes }
    const expiresAt = await insertReset(db, made)

    return {
      value: { link: linkUrl("reset", token), expiresAt: expiresAt.toISOString() },
      events: [
        {
          type: "member.reset_link_created",
          subject: { kind: "member", id: membershipId },
          plain: { personId, expiresAt: expiresAt.getTime(), ...placeFields(place) },
        },
      ],
    }
  },
)

/** What a reset link's page says, or null when the link is dead. Looking uses nothing up. */
export async function readReset(token: string): Promise<{ email: string; expiresAt: string } | null> {
  const found = await findOpenReset(linkMac("reset", token))

  return found && { email: found.email, expiresAt: found.expiresAt.toISOString() }
}

/**
 * Sets another password by a link, and signs the person out everywhere.
 *
 * @throws AppError `link_expired`, `password_refused`, `too_many_attempts`
 */
export function resetPassword(
  { token, password }: ResetBody,
  address: string | null,
): Promise<{ ended: number }> {
  return tryLink(address, async () => {
    const tokenMac = linkMac("reset", token)
    const reset = await findOpenReset(tokenMac)
    if (reset === null) throw new AppError("link_expired")

    const passwordHash = await hashChosen({ password, email: reset.email, path: "/password" })
    return saveReset(reset.personId, { reset, tokenMac, passwordHash })
  })
}

type Reset = Readonly<{ reset: OpenReset; tokenMac: Buffer; passwordHash: string }>

const saveReset = accountCommand(async (db, { reset, tokenMac, passwordHash }: Reset) => {
  const { personId } = db
  if (!(await spendReset(db, tokenMac))) throw new AppError("link_expired")
  // Made for somebody who has since become more than its maker may handle: then it is worth nothing.
  if (!(await mayHandleEverywhere(db, reset.madeById, personId))) throw new AppError("link_expired")

  await savePassword(db, { personId, seenHash: null, passwordHash })
  const ended = await revokeSessionsOf(db, personId, null)

  return {
    value: { ended },
    events: [
      {
        type: "member.password_changed",
        subject: { kind: "person", id: personId },
        plain: { because: "reset_link", madeById: reset.madeById, sessionsEnded: ended },
      },
    ],
  }
})
