import { writeUnbound } from "@/lib/db/unbound"

/** Forgets sessions a week after their end, and failed sign-ins after a day: long after either counts. */
export async function forgetOldSessions(): Promise<void> {
  await writeUnbound(
    `DELETE FROM session
     WHERE least(revoked_at, idle_expires_at, expires_at) < clock_timestamp() - interval '7 days'`,
  )
  await writeUnbound("DELETE FROM sign_in_failure WHERE failed_at < clock_timestamp() - interval '1 day'")
}
