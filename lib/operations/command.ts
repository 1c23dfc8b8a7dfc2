import { isWithinToken, may, type Actor, type KeyActor } from "@/lib/access/actor"
import { permissions, type Permission } from "@/lib/access/permissions"
import type { AuditEvent, AuditParty } from "@/lib/audit/audit-event"
import { appendLeaf } from "@/lib/audit/audit.repo"
import { inTenant, type TenantDb } from "@/lib/db/tenant-db"
import { databaseTime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"

/** What a command works with: who asks, a transaction bound to the tenant, and the time. */
export type CommandContext = Readonly<{ actor: Actor; db: TenantDb; now: Date }>

/** What a command answers: a value, and what the audit log says of it. At least one event, by type. */
export type Done<T> = Readonly<{ value: T; events: readonly [AuditEvent, ...AuditEvent[]] }>

/**
 * A write. Authorises, opens a transaction bound to the tenant, runs, and
 * appends the audit leaves before it commits: no leaf, no action.
 *
 * @throws AppError `not_found` when the actor has no part in the tenant, `forbidden` when its part is too small
 */
export function command<Input, Output>(
  permission: Permission,
  run: (context: CommandContext, input: Input) => Promise<Done<Output>>,
): (actor: Actor, tenantId: string, input: Input) => Promise<Output> {
  return async (actor, tenantId, input) => {
    authorise(actor, permission, tenantId)

    return inTenant(tenantId, async (db) => {
      const { value, events } = await run({ actor, db, now: new Date(databaseTime()) }, input)
      for (const event of events) await appendLeaf(db, partyOf(actor), withToken(actor, event))

      return value
    })
  }
}

/** Refuses an actor that lacks the permission; whoever has no part in the tenant learns nothing of it. */
export function authorise(actor: Actor, permission: Permission, tenantId: string): void {
  if (may(actor, permission, tenantId)) return
  if (actor.kind === "key") {
    throw actor.tenantId === tenantId ? keyRefusal(actor, permission) : new AppError("not_found")
  }

  throw new AppError(actor.tenants.some((tenant) => tenant.tenantId === tenantId) ? "forbidden" : "not_found")
}

/** What a key lacks for something in its own tenant: a scope, or that it is presented itself. */
export function keyRefusal(actor: KeyActor, permission: Permission): AppError {
  if (!isWithinToken(actor, permission)) return new AppError("key_required")

  const { scopes }: Readonly<{ scopes: readonly string[] }> = permissions[permission]
  return scopes.length === 0
    ? new AppError("scope_missing", "No key can have a scope for this.")
    : new AppError("scope_missing", `The key lacks a scope for this: it needs ${scopes.join(" or ")}.`)
}

/** The actor as the audit log names it. */
export function partyOf(actor: Actor): AuditParty {
  return actor.kind === "key" ? { kind: "key", id: actor.keyId } : { kind: "person", id: actor.personId }
}

/** An act by a run token names it: the key behind it is who did it, the token is how. */
function withToken(actor: Actor, event: AuditEvent): AuditEvent {
  if (actor.kind !== "key" || actor.token === null) return event

  return { ...event, plain: { ...event.plain, tokenId: actor.token.tokenId } }
}
