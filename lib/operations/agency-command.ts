import { mayInAgency, type PersonActor } from "@/lib/access/actor"
import type { Permission } from "@/lib/access/permissions"
import type { AuditEvent, AuditParty } from "@/lib/audit/audit-event"
import { appendLeaf } from "@/lib/audit/audit.repo"
import { inAgency, type AgencyDb } from "@/lib/db/tenant-db"
import { databaseTime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { partyOf } from "./command"

/** What an agency command works with: who asks, a transaction about their agency, and the time. */
export type AgencyContext = Readonly<{ actor: PersonActor; db: AgencyDb; now: Date }>

/** An event with the log it belongs to: one tenant's, or that of each tenant the agency had before. */
export type AgencyEvent = Readonly<{ in: "every_tenant" | (string & {}); event: AuditEvent }>

/** What an agency command answers. At least one event, by type. */
export type AgencyDone<T> = Readonly<{ value: T; events: readonly [AgencyEvent, ...AgencyEvent[]] }>

/**
 * A write to an agency as a whole, such as a new tenant or a member of all of
 * them. What reaches into every tenant has its leaf in the log of each.
 *
 * @throws AppError `not_found` when the person has no part in the agency, `forbidden` when it is too small
 */
export function agencyCommand<Input, Output>(
  permission: Permission,
  run: (context: AgencyContext, input: Input) => Promise<AgencyDone<Output>>,
): (actor: PersonActor, agencyId: string, input: Input) => Promise<Output> {
  return async (actor, agencyId, input) => {
    authoriseInAgency(actor, permission, agencyId)

    return inAgency(agencyId, async (db) => {
      const { value, events } = await run({ actor, db, now: new Date(databaseTime()) }, input)
      await appendToLogs(db, partyOf(actor), events)

      return value
    })
  }
}

/** Writes each event into the log or logs it belongs to, in this transaction. */
export async function appendToLogs(
  db: Pick<AgencyDb, "tenantIds" | "enter">,
  party: AuditParty,
  events: readonly AgencyEvent[],
): Promise<void> {
  for (const { in: place, event } of events) {
    const tenantIds = place === "every_tenant" ? db.tenantIds : [place]
    for (const tenantId of tenantIds) await appendLeaf(await db.enter(tenantId), party, event)
  }
}

function authoriseInAgency(actor: PersonActor, permission: Permission, agencyId: string): void {
  if (mayInAgency(actor, permission, agencyId)) return

  const isKnown = [...actor.agencies, ...actor.tenants].some((part) => part.agencyId === agencyId)
  throw new AppError(isKnown ? "forbidden" : "not_found")
}
