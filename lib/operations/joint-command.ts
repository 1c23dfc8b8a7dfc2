import type { PersonActor } from "@/lib/access/actor"
import type { Permission } from "@/lib/access/permissions"
import type { AuditEvent } from "@/lib/audit/audit-event"
import { appendLeaf } from "@/lib/audit/audit.repo"
import { acrossInOrder, type TenantDb } from "@/lib/db/tenant-db"
import { authorise, partyOf } from "./command"

/** One of the things that a joint command is about. `id` names it within what is asked for. */
export type Joint<Input> = Readonly<{ id: string; tenantId: string; input: Input }>

/** What became of one of them; without an event nothing was left to do. */
export type JointDone<T> = Readonly<{ value: T; events: readonly AuditEvent[] }>

/**
 * A write to several things at once, of one tenant or of several: all of them
 * in one transaction, or none. They are locked in the order of their tenants
 * and ids, and answered in the order in which they were given.
 *
 * @throws AppError `not_found`, `forbidden`: before anything is done
 */
export function jointCommand<Input, Output>(
  permission: Permission,
  run: (context: Readonly<{ actor: PersonActor; db: TenantDb }>, input: Input) => Promise<JointDone<Output>>,
): (actor: PersonActor, things: readonly Joint<Input>[]) => Promise<readonly Output[]> {
  return async (actor, things) => {
    for (const { tenantId } of things) authorise(actor, permission, tenantId)

    const done = await acrossInOrder(async (enterTenant) => {
      const outputs = new Map<string, Output>()
      for (const { id, tenantId, input } of things.toSorted(byPlace)) {
        const db = await enterTenant(tenantId)
        const { value, events } = await run({ actor, db }, input)
        for (const event of events) await appendLeaf(db, partyOf(actor), event)
        outputs.set(id, value)
      }
      return outputs
    })

    return things.map(({ id }) => done.get(id) as Output)
  }
}

function byPlace(one: Joint<unknown>, other: Joint<unknown>): number {
  const [a, b] = [one, other].map(({ tenantId, id }) => `${tenantId} ${id}`)
  if (a === b || a === undefined || b === undefined) return 0
  return a < b ? -1 : 1
}
