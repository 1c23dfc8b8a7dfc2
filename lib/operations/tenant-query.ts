import type { Actor } from "@/lib/access/actor"
import type { Permission } from "@/lib/access/permissions"
import { authorise } from "./command"
import { query, type QueryContext } from "./query"

/**
 * A read of one tenant that the caller names. `query` leaves out what an actor
 * may not see; here that would be an empty answer about a tenant that is not
 * theirs, so it refuses first. The work still has to name the tenant.
 *
 * @throws AppError `not_found` when the actor has no part in the tenant, `forbidden` when its part is too small
 */
export function tenantQuery<Input, Output>(
  permission: Permission,
  run: (context: QueryContext & Readonly<{ tenantId: string }>, input: Input) => Promise<Output>,
): (actor: Actor, tenantId: string, input: Input) => Promise<Output> {
  const read = query(
    permission,
    (context, { tenantId, input }: Readonly<{ tenantId: string; input: Input }>) =>
      run({ ...context, tenantId }, input),
  )

  return async (actor, tenantId, input) => {
    authorise(actor, permission, tenantId)

    return read(actor, { tenantId, input })
  }
}
