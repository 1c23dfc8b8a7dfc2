import { AppError } from "@/lib/errors/app-error"
import { newId } from "@/lib/operations/new-id"
import { beginAttempt, forgive, subjectOf, takeBack } from "./attempts.service"
import { passwordBytesMax } from "./password-rules"
import { verifyPassword } from "./passwords"
import { sessionIdleSeconds, sessionMaxSeconds } from "./sessions.service"
import { findCredentials, insertSession, revokeSession } from "./sign-in.repo"

export type SignIn = Readonly<{ email: string; password: string; address: string }>

/** More than any address has. */
const emailMax = 512

/**
 * Checks e-mail and password and opens a session.
 *
 * @throws AppError `unauthenticated`; `too_many_attempts` with the seconds to wait
 */
export async function signIn(given: SignIn): Promise<Readonly<{ sessionId: string; personId: string }>> {
  const email = given.email.trim().toLowerCase()
  if (email.length > emailMax || Buffer.byteLength(given.password) > passwordBytesMax) {
    throw new AppError("unauthenticated")
  }

  const byEmail = subjectOf("email", email)
  const attempt = await beginAttempt([byEmail, subjectOf("address", given.address)])
  const found = await findCredentials(email)
  const isRight = await verifyPassword(found?.passwordHash ?? null, given.password)
  if (found?.passwordHash == null || !isRight) throw refused()
  const { personId, passwordHash } = found
  const sessionId = newId("session")
  const lifetimes = { idleSeconds: sessionIdleSeconds, maxSeconds: sessionMaxSeconds }
  if (!(await insertSession({ sessionId, personId, passwordHash, ...lifetimes }))) throw refused()

  await takeBack(attempt)
  await forgive(byEmail)
  return { sessionId, personId }
}

function refused(): AppError {
  return new AppError("unauthenticated", "E-mail or password is not right.")
}

/** Ends a session for good, on every node at once. */
export async function signOut(sessionId: string): Promise<void> {
  await revokeSession(sessionId)
}
