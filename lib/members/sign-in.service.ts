import { createHmac } from "node:crypto"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { newId } from "@/lib/operations/new-id"
import { verifyPassword } from "./passwords"
import { sessionIdleSeconds, sessionMaxSeconds } from "./sessions.service"
import {
  countAttempts,
  findCredentials,
  forgetAttempts,
  forgetFailures,
  insertSession,
  recordAttempt,
  revokeSession,
} from "./sign-in.repo"

export type SignIn = Readonly<{ email: string; password: string; address: string }>

/** Failures after which an e-mail or an address has to wait. */
export const failuresMax = { email: 5, address: 20 } as const
const windowSeconds = 15 * 60

/** More than anyone types; hashing it would only cost us. */
const inputMax = 512

/**
 * Checks e-mail and password and opens a session.
 *
 * An attempt counts as failed before it is tried, so that a hundred at once
 * are not a hundred guesses.
 *
 * @throws AppError `unauthenticated`; `too_many_attempts` with the seconds to wait
 */
export async function signIn(given: SignIn): Promise<Readonly<{ sessionId: string; personId: string }>> {
  const email = given.email.trim().toLowerCase()
  if (email.length > inputMax || given.password.length > inputMax) throw new AppError("unauthenticated")

  const subjects = { email: subjectMac("email", email), address: subjectMac("address", given.address) }
  const attempt = await recordAttempt([subjects.email, subjects.address])
  await refuseTooMany(subjects, attempt)

  const found = await findCredentials(email)
  const isRight = await verifyPassword(found?.passwordHash ?? null, given.password)
  if (!found || !isRight) throw new AppError("unauthenticated", "E-mail or password is not right.")

  await forgetAttempts(attempt)
  await forgetFailures(subjects.email, windowSeconds)
  return openSession(found.personId)
}

/** Ends a session for good, on every node at once. */
export async function signOut(sessionId: string): Promise<void> {
  await revokeSession(sessionId)
}

async function openSession(personId: string): Promise<Readonly<{ sessionId: string; personId: string }>> {
  const sessionId = newId("session")
  await insertSession({
    sessionId,
    personId,
    idleSeconds: sessionIdleSeconds,
    maxSeconds: sessionMaxSeconds,
  })
  return { sessionId, personId }
}

/** A refused attempt is not counted itself: whoever keeps trying does not wait for ever. */
async function refuseTooMany(
  subjects: Readonly<{ email: Buffer; address: Buffer }>,
  attempt: readonly string[],
): Promise<void> {
  const [byEmail, byAddress] = await Promise.all([
    countAttempts(subjects.email, windowSeconds),
    countAttempts(subjects.address, windowSeconds),
  ])
  const tooMany = [
    ...(byEmail.count > failuresMax.email ? [byEmail] : []),
    ...(byAddress.count > failuresMax.address ? [byAddress] : []),
  ]
  if (tooMany.length === 0) return

  await forgetAttempts(attempt)
  const waits = tooMany.map(({ oldestSeconds }) => Math.max(1, Math.ceil(windowSeconds - oldestSeconds)))
  throw new AppError("too_many_attempts", "There were too many failed attempts. Wait, then try again.", {
    retryAfterSeconds: Math.max(...waits),
  })
}

/** The table of failures names nobody: it holds keyed digests. */
function subjectMac(kind: "email" | "address", value: string): Buffer {
  return createHmac("sha256", runtime().secrets.sessionSecret)
    .update(`deltaseal/sign-in/v1\0${kind}\0${value}`)
    .digest()
}
