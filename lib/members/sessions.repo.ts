import type { PersonActor } from "@/lib/access/actor"
import { hotCall, hotJson } from "@/lib/db/hot-call"

/** A live session's person, and when it dies if nobody uses it. */
export type LiveSession = Readonly<{ person: PersonActor; idleExpiresAt: Date }>

/** The live session with this id, or null. One round trip, never cached. */
export async function findLiveSession(sessionId: string): Promise<LiveSession | null> {
  const found = await hotJson<Omit<PersonActor, "kind"> & { idleExpiresAt: string }>(
    "session_principal",
    [sessionId],
    "read",
  )
  if (found === null) return null

  const { idleExpiresAt, ...person } = found
  return { person: { kind: "person", ...person }, idleExpiresAt: new Date(idleExpiresAt) }
}

/** Lets a session's idle time start again. */
export async function touchSession(sessionId: string, idleSeconds: number): Promise<void> {
  await hotCall("touch_session", [sessionId, idleSeconds], "write")
}
