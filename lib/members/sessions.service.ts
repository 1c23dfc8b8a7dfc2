import type { PersonActor } from "@/lib/access/actor"
import { databaseTime } from "@/lib/env/runtime"
import { isId } from "@/lib/kernel/id"
import { findLiveSession, touchSession } from "./sessions.repo"

/** How long a session lives without being used, and at most (seconds). */
export const sessionIdleSeconds = 8 * 60 * 60
export const sessionMaxSeconds = 7 * 24 * 60 * 60

/** How much idle time must have passed before a session's row is written again (milliseconds). */
const touchAfterMs = 5 * 60 * 1000

/** The person behind a session id taken from our own cookie, or null when the session has ended. */
export async function principalOfSession(sessionId: string): Promise<PersonActor | null> {
  if (!isId("session", sessionId)) return null

  const session = await findLiveSession(sessionId)
  if (session === null) return null
  if (session.idleExpiresAt.getTime() < databaseTime() + sessionIdleSeconds * 1000 - touchAfterMs) {
    await touchSession(sessionId, sessionIdleSeconds)
  }

  return session.person
}

/** The same, for what runs by itself: a page that is left open is not somebody who uses it. */
export async function watchSession(sessionId: string): Promise<PersonActor | null> {
  return (await findLiveSession(sessionId))?.person ?? null
}
