import type { Caller, Reply } from "./api"
import { afterState, approve, aWrite, pendingWrite, spend, type Pending } from "./calls"
import { leavesOf, type MadePerson, type World } from "./world"

/** A write that the reviewer has approved. */
export async function approvedWrite(key: Caller, reviewer: Caller): Promise<Pending> {
  const pending = await pendingWrite(key)
  const voted = await approve(reviewer, pending)
  if (voted.status !== 200) throw new Error(voted.text)

  return pending
}

/** A write that was approved and spent, waiting for its outcome. */
export async function consumedWrite(
  key: Caller,
  reviewer: Caller,
): Promise<Pending & { executionId: string }> {
  const pending = await approvedWrite(key, reviewer)
  const spent = await spend(key, pending)
  if (spent.status !== 200) throw new Error(spent.text)

  return { ...pending, executionId: String(spent.body.executionId) }
}

/** A write that waits, in a run that is open already. */
export async function pendingWriteIn(asking: Caller, runId: string): Promise<Pending> {
  const reply = await asking.post("/api/v1/tool-calls", aWrite(runId))
  if (reply.status !== 202) throw new Error(reply.text)
  const { approval } = reply.body

  return { runId, approval, approvalId: approval.approvalId, changeHash: approval.changeHash }
}

export function vote(person: Caller, pending: Pending, changes: object = {}): Promise<Reply> {
  const { approvalId, changeHash } = pending

  return person.post(`/api/v1/approvals/${approvalId}/votes`, { decision: "approve", changeHash, ...changes })
}

export const anOutcome = {
  status: "applied",
  observedAfter: [afterState],
  output: null,
  receipts: [],
} as const

export function report(who: Caller, executionId: string, changes: object = {}): Promise<Reply> {
  return who.post(`/api/v1/executions/${executionId}/outcome`, { ...anOutcome, ...changes })
}

/** The types of an approval's leaves, oldest first. */
export async function typesFor(world: World, { approvalId }: Pending): Promise<string[]> {
  const leaves = await leavesOf(world, world.ours.tenantId)

  return leaves.filter((leaf) => leaf.approvalId === approvalId).map(({ type }) => type)
}

export async function executionsOf({ su }: World, { approvalId }: Pending): Promise<number> {
  const { rowCount } = await su.query("SELECT 1 FROM execution WHERE approval_id = $1", [approvalId])

  return rowCount ?? 0
}

/** `won` or the code of each answer, sorted. */
export function codes(replies: readonly Reply[]): string[] {
  return replies.map(({ status, body }) => (status === 200 ? "won" : String(body.code))).sort()
}

/** The same thing sixteen times at once. */
export function sixteen<T>(work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: 16 }, (_, index) => work(index)))
}

type Known = Pick<MadePerson, "personId">

/** A link that one made has set the other's password a moment ago. */
export async function resetPassword({ su }: Pick<World, "su">, by: Known, of: Known): Promise<void> {
  await su.query(
    `INSERT INTO password_reset (token_mac, person_id, made_by_id, created_at, expires_at, used_at)
     VALUES (decode(md5(random()::text), 'hex'), $2, $1, now(), now(), now())`,
    [by.personId, of.personId],
  )
}
