import type { Caller, Reply } from "./api"
import { pendingWrite, type Pending } from "./calls"
import { approvedWrite } from "./deciding"
import type { World } from "./world"

/** Throws the switch on what is named. */
export function kill(who: Caller, scope: string, ...ids: string[]): Promise<Reply> {
  return who.post("/api/v1/kill", { scope, ids, reason: "The agent writes nonsense." })
}

/** What each approval is now, with why it ended where it did. */
export async function statusesOf(world: World, ...pendings: readonly Pending[]): Promise<string[]> {
  const { rows } = await world.su.query<{ status: string; because: string | null; id: string }>(
    `SELECT approval_id AS id, status, ended_because AS because FROM approval WHERE approval_id = ANY ($1)`,
    [pendings.map(({ approvalId }) => approvalId)],
  )
  const byId = new Map(rows.map(({ id, status, because }) => [id, `${status} ${because ?? ""}`.trim()]))
  return pendings.map(({ approvalId }) => byId.get(approvalId) ?? "")
}

/** One approval that waits and one that could be spent. */
export async function openPair(key: Caller, reviewer: Caller): Promise<readonly [Pending, Pending]> {
  return [await pendingWrite(key), await approvedWrite(key, reviewer)]
}
