import type { AuditParty } from "@/lib/audit/audit-event"
import { inAgency, type AgencyDb } from "@/lib/db/tenant-db"
import { databaseTime } from "@/lib/env/runtime"
import { appendToLogs, type AgencyEvent } from "./agency-command"

/** What a link command answers, and who did it: that is known only once it is done. */
export type LinkDone<T> = Readonly<{
  value: T
  by: AuditParty
  events: readonly [AgencyEvent, ...AgencyEvent[]]
}>

/**
 * A write to an agency by somebody who has no part in it yet: what lets them in
 * is the secret of a link, which `run` has to use up in this transaction.
 */
export function linkCommand<Input, Output>(
  run: (context: Readonly<{ db: AgencyDb; now: Date }>, input: Input) => Promise<LinkDone<Output>>,
): (agencyId: string, input: Input) => Promise<Output> {
  return (agencyId, input) =>
    inAgency(agencyId, async (db) => {
      const { value, by, events } = await run({ db, now: new Date(databaseTime()) }, input)
      await appendToLogs(db, by, events)

      return value
    })
}
