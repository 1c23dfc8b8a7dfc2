import type { Caller, Reply } from "./api"
import { beginBreaking, confirmBreaking } from "./breaking-glass"
import { pendingWrite, type Pending } from "./calls"
import { makePerson, type World } from "./world"

/** What these operations name: somebody's, or nobody's. */
type Ids = Readonly<{
  agencyId: string
  standInId: string
  approvalId: string
  changeHash: string
}>

type Operation = "own" | Readonly<{ ask: (who: Caller, ids: Ids) => Promise<Reply>; answers?: number }>

const day = 24 * 60 * 60 * 1000
const reason = "Both reviewers are asleep and the shop is down."

/** How a stranger asks for each call about who decides in whose place, and about break-glass. */
export const breakGlassOperations: Readonly<Record<string, Operation>> = {
  "GET /api/v1/account/stand-ins": "own",
  "GET /api/v1/account/stand-ins/possible": "own",
  // Of one's own agency; whoever could not stand in and whoever is not there are refused alike.
  "POST /api/v1/account/stand-ins": "own",
  "DELETE /api/v1/account/stand-ins/:standInId": {
    ask: (who, { standInId }) => who.delete(`/api/v1/account/stand-ins/${standInId}`),
  },
  "GET /api/v1/break-glass/notices": "own",
  "POST /api/v1/approvals/:approvalId/break-glass": {
    ask: (who, { approvalId, changeHash }) =>
      who.post(`/api/v1/approvals/${approvalId}/break-glass`, { changeHash, reason }),
  },
  "POST /api/v1/approvals/:approvalId/break-glass/confirm": {
    ask: (who, { approvalId, changeHash }) =>
      who.post(`/api/v1/approvals/${approvalId}/break-glass/confirm`, { changeHash, reason }),
  },
  "DELETE /api/v1/approvals/:approvalId/break-glass": {
    ask: (who, { approvalId }) => who.delete(`/api/v1/approvals/${approvalId}/break-glass`),
  },
  "PUT /api/v1/approvals/:approvalId/break-glass/seen": {
    ask: (who, { approvalId }) => who.put(`/api/v1/approvals/${approvalId}/break-glass/seen`),
  },
  "GET /api/v1/agencies/:agencyId/break-glass": {
    ask: (who, { agencyId }) => who.get(`/api/v1/agencies/${agencyId}/break-glass`),
  },
  // Whoever has a part in one client of an agency knows that there is an agency.
  "DELETE /api/v1/agencies/:agencyId/break-glass": "own",
}

/** Somebody of ours who is away, with who stands in for them. */
export async function standInOf(world: World): Promise<string> {
  const { agencyId, tenantId } = world.ours
  const { caller } = await makePerson(world, { role: "reviewer", tenantId })
  const { personId } = await makePerson(world, { role: "auditor", tenantId })
  const named = await caller.post("/api/v1/account/stand-ins", { agencyId, personId, endsAt: inDays(5) })
  if (named.status !== 201) throw new Error(named.text)

  return String(named.body.standInId)
}

/** A write that was approved by breaking the glass. */
export async function brokenWrite(world: World): Promise<Pending> {
  const pending = await pendingWrite(world.ours.key)
  const [one, other] = [
    await makePerson(world, { role: "admin" }),
    await makePerson(world, { role: "admin" }),
  ]
  await beginBreaking(one, pending)
  const confirmed = await confirmBreaking(other, pending)
  if (confirmed.status !== 200) throw new Error(confirmed.text)

  return pending
}

function inDays(days: number): string {
  return new Date(Date.now() + days * day).toISOString()
}
