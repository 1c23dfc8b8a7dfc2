import type { PersonActor } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import { aboutPerson, type PersonDb } from "@/lib/db/tenant-db"
import { appendToLogs, type AgencyEvent } from "./agency-command"
import { partyOf, type Done } from "./command"

/**
 * A write to a person's own account, by that person: nobody else may call it for
 * them. The account belongs to no tenant, and whoever holds it acts in all of
 * theirs, so its leaf is in the log of each.
 */
export function accountCommand<Input, Output>(
  run: (db: PersonDb, input: Input) => Promise<Done<Output>>,
): (personId: string, input: Input) => Promise<Output> {
  return (personId, input) =>
    aboutPerson(personId, async (db) => {
      const { value, events } = await run(db, input)
      await appendToLogs(db, { kind: "person", id: personId }, events.map(everywhere))

      return value
    })
}

/**
 * A write about one person by whoever `by` is, which names the logs it belongs
 * to. Whether they may is the caller's to have found out.
 */
export function personCommand<Input, Output>(
  run: (db: PersonDb, input: Input) => Promise<Readonly<{ value: Output; events: readonly AgencyEvent[] }>>,
): (by: PersonActor, personId: string, input: Input) => Promise<Output> {
  return (by, personId, input) =>
    aboutPerson(personId, async (db) => {
      const { value, events } = await run(db, input)
      await appendToLogs(db, partyOf(by), events)

      return value
    })
}

function everywhere(event: AuditEvent): AgencyEvent {
  return { in: "every_tenant", event }
}
