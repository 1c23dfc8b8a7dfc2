import type { PersonActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { accountCommand } from "@/lib/operations/account-command"
import type { ChangePasswordBody, OwnSession } from "./account.schema"
import { beginAttempt, forgive, subjectOf, takeBack } from "./attempts.service"
import { hashChosen } from "./new-password.service"
import { verifyPassword } from "./passwords"
import { savePassword } from "./people.repo"
import { revokeResets } from "./resets.repo"
import { endOwnSession, listSessionsOf, revokeSessionsOf } from "./sessions.repo"
import { sessionIdleSeconds } from "./sessions.service"
import { findCredentials } from "./sign-in.repo"

/**
 * Changes one's own password. Every other session ends, and so does any reset
 * link: whoever got in by the old password is out.
 *
 * @throws AppError `wrong_password`, `password_refused`, `too_many_attempts`, `conflict`
 */
export async function changePassword(
  actor: PersonActor,
  { current, next }: ChangePasswordBody,
): Promise<{ ended: number }> {
  const seenHash = await provePassword(actor, current)
  const passwordHash = await hashChosen({ password: next, email: actor.email, path: "/next" })
  return saveOwnPassword(actor.personId, { sessionId: actor.sessionId, seenHash, passwordHash })
}

/**
 * Whether it is really them: a session alone is not enough for what outlives it.
 *
 * @returns the hash that the password fits
 * @throws AppError `wrong_password`, `too_many_attempts`
 */
export async function provePassword({ email }: PersonActor, password: string): Promise<string | null> {
  const byEmail = subjectOf("email", email)
  const attempt = await beginAttempt([byEmail])
  const seenHash = (await findCredentials(email))?.passwordHash ?? null
  if (!(await verifyPassword(seenHash, password))) throw new AppError("wrong_password")
  await takeBack(attempt)
  await forgive(byEmail)

  return seenHash
}

type OwnPassword = Readonly<{ sessionId: string; seenHash: string | null; passwordHash: string }>

const saveOwnPassword = accountCommand(async (db, { sessionId, seenHash, passwordHash }: OwnPassword) => {
  const { personId } = db
  if (!(await savePassword(db, { personId, seenHash, passwordHash }))) {
    throw new AppError("conflict", "The password was changed a moment ago.")
  }
  const ended = await revokeSessionsOf(db, personId, sessionId)
  await revokeResets(db, personId)

  return {
    value: { ended },
    events: [
      {
        type: "member.password_changed",
        subject: { kind: "person", id: personId },
        plain: { because: "changed", sessionsEnded: ended },
      },
    ],
  }
})

/** One's own live sessions, the one in use first. */
export async function ownSessions(actor: PersonActor): Promise<OwnSession[]> {
  const rows = await listSessionsOf(actor.personId)

  return rows
    .map(({ sessionId, createdAt, idleExpiresAt, expiresAt }) => ({
      sessionId,
      createdAt: createdAt.toISOString(),
      lastUsedAt: lastUse(createdAt, idleExpiresAt).toISOString(),
      expiresAt: expiresAt.toISOString(),
      isCurrent: sessionId === actor.sessionId,
    }))
    .sort((one, other) => Number(other.isCurrent) - Number(one.isCurrent))
}

/** To five minutes: that often a session that is used is written again. */
function lastUse(createdAt: Date, idleExpiresAt: Date): Date {
  return new Date(Math.max(createdAt.getTime(), idleExpiresAt.getTime() - sessionIdleSeconds * 1000))
}

/**
 * Ends one of one's own sessions, or all but the one in use.
 *
 * @param sessionId null for all others
 * @throws AppError `not_found`
 */
export function endSessions(actor: PersonActor, sessionId: string | null): Promise<{ ended: number }> {
  return saveEnded(actor.personId, { sessionId, currentId: actor.sessionId })
}

type Ending = Readonly<{ sessionId: string | null; currentId: string }>

const saveEnded = accountCommand(async (db, { sessionId, currentId }: Ending) => {
  const { personId } = db
  const ended =
    sessionId === null
      ? await revokeSessionsOf(db, personId, currentId)
      : await endOwnSession(db, personId, sessionId)
  if (sessionId !== null && ended === 0) throw new AppError("not_found")

  return {
    value: { ended },
    events: [
      {
        type: "member.sessions_ended",
        subject: { kind: "person", id: personId },
        plain: { personId, count: ended },
      },
    ],
  }
})
