import type { PersonActor } from "@/lib/access/actor"
import { hotCall, hotJson } from "@/lib/db/hot-call"
import { readUnbound } from "@/lib/db/unbound"
import type { MemberDb } from "./members.repo"

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

/** Ends every live session of a person but one; gives how many there were. */
export async function revokeSessionsOf(
  db: MemberDb,
  personId: string,
  exceptSessionId: string | null,
): Promise<number> {
  const { rowCount } = await db.sql`
    UPDATE session SET revoked_at = clock_timestamp()
    WHERE person_id = ${personId} AND revoked_at IS NULL AND session_id IS DISTINCT FROM ${exceptSessionId}
      AND idle_expires_at > clock_timestamp() AND expires_at > clock_timestamp()`

  return rowCount
}

/** Ends one session of this person; gives whether there was one, as a number. */
export async function endOwnSession(db: MemberDb, personId: string, sessionId: string): Promise<number> {
  const { rowCount } = await db.sql`
    UPDATE session SET revoked_at = clock_timestamp()
    WHERE person_id = ${personId} AND session_id = ${sessionId} AND revoked_at IS NULL
      AND idle_expires_at > clock_timestamp() AND expires_at > clock_timestamp()`

  return rowCount
}

type SessionRow = Readonly<{ sessionId: string; createdAt: Date; idleExpiresAt: Date; expiresAt: Date }>

/** A person's live sessions, the latest first. */
export async function listSessionsOf(personId: string): Promise<readonly SessionRow[]> {
  const { rows } = await readUnbound<SessionRow>(
    `SELECT session_id AS "sessionId", created_at AS "createdAt", idle_expires_at AS "idleExpiresAt",
       expires_at AS "expiresAt"
     FROM session
     WHERE person_id = $1 AND revoked_at IS NULL AND idle_expires_at > clock_timestamp()
       AND expires_at > clock_timestamp()
     ORDER BY created_at DESC LIMIT 100`,
    [personId],
  )

  return rows
}
