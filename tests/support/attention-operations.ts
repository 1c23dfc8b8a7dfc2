import type { Caller, Reply } from "./api"
import { pendingWrite, type Pending } from "./calls"
import type { Write } from "./every-write"
import { makePerson, type World } from "./world"

type Shown = Pick<Pending, "approvalId" | "changeHash">

/** What a page reports that has shown all of a change. */
export const allShown = { visibleMs: 4_000, hunksShown: 1, hunksTotal: 1, isComplete: true } as const

export function reportView(
  who: Caller,
  { approvalId, changeHash }: Shown,
  changes: object = {},
): Promise<Reply> {
  return who.post(`/api/v1/approvals/${approvalId}/views`, { changeHash, ...allShown, ...changes })
}

export function voteTogether(
  who: Caller,
  mode: "all_or_nothing" | "each",
  pending: readonly Shown[],
  changes: object = {},
): Promise<Reply> {
  const votes = pending.map(({ approvalId, changeHash }) => ({
    ...{ approvalId, changeHash, decision: "approve" },
    ...changes,
  }))
  return who.post("/api/v1/approvals/votes", { mode, votes })
}

/** Changes that wait, each of which was shown to this person. */
export async function shownWrites(key: Caller, person: Caller, count: number): Promise<Pending[]> {
  const all: Pending[] = []
  for (let at = 0; at < count; at += 1) {
    const pending = await pendingWrite(key)
    const reported = await reportView(person, pending)
    if (reported.status !== 200) throw new Error(reported.text)
    all.push(pending)
  }

  return all
}

/** Every write that rests on what was shown. */
export const attentionWrites: Readonly<Record<string, (world: World) => Promise<Write>>> = {
  "POST /approvals/votes": async (world) => {
    const { caller: by } = await makePerson(world, { role: "reviewer" })
    const pending = await shownWrites(world.ours.key, by, 2)
    return { by, ask: (who) => voteTogether(who, "all_or_nothing", pending), succeeds: 200 }
  },
}

type Ids = Readonly<{ tenantId: string; approvalId: string; changeHash: string }>

type Operation = Readonly<{ ask: (who: Caller, ids: Ids) => Promise<Reply>; answers?: number }>

/** How a stranger asks for each call about what was shown to whom. */
export const attentionOperations: Readonly<Record<string, Operation>> = {
  "POST /api/v1/approvals/votes": { ask: (who, ids) => voteTogether(who, "all_or_nothing", [ids]) },
  "GET /api/v1/tenants/:tenantId/attention": {
    ask: (who, { tenantId }) => who.get(`/api/v1/tenants/${tenantId}/attention?days=7`),
  },
  "POST /api/v1/approvals/:approvalId/views": { ask: (who, ids) => reportView(who, ids) },
}
