import { may, type Actor } from "@/lib/access/actor"
import { permissions, type Permission } from "@/lib/access/permissions"
import { acrossTenants, readInTenant, type ReadDb } from "@/lib/db/read-db"
import { databaseTime } from "@/lib/env/runtime"
import { keyRefusal } from "./command"

/** What a query works with: who asks, and a transaction that sees only what they may see. */
export type QueryContext = Readonly<{ actor: Actor; db: ReadDb; now: Date }>

/**
 * A read. A key reads its own tenant; a person reads every tenant in which a
 * role of theirs carries the permission. Row-level security bounds both.
 */
export function query<Input, Output>(
  permission: Permission,
  run: (context: QueryContext, input: Input) => Promise<Output>,
): (actor: Actor, input: Input) => Promise<Output> {
  return async (actor, input) => {
    const now = new Date(databaseTime())
    if (actor.kind === "person") {
      return acrossTenants(actor, permissions[permission].roles, (db) => run({ actor, db, now }, input))
    }
    if (!may(actor, permission, actor.tenantId)) throw keyRefusal(actor, permission)

    return readInTenant(actor.tenantId, (db) => run({ actor, db, now }, input))
  }
}
