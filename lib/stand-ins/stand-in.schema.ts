import { z } from "zod"
import type { PersonActor } from "@/lib/access/actor"
import { IdText } from "@/lib/kernel/id.schema"
import { concerns, standInStatus, type StandIn } from "./stand-in"

const Time = z.iso.datetime()
const Person = z.strictObject({ personId: z.string(), name: z.string() })

/** `startsAt` is now where it is left out or past. */
export const NameStandInBody = z.strictObject({
  agencyId: IdText,
  personId: IdText,
  startsAt: Time.optional(),
  endsAt: Time,
})
export type NameStandInBody = z.infer<typeof NameStandInBody>

/** `isYours`: you are the one who is away. `isYou`: you are the one who stands in. */
export const StandInView = z.strictObject({
  standInId: z.string(),
  agencyId: z.string(),
  absent: Person,
  standIn: Person,
  startsAt: Time,
  endsAt: Time,
  status: z.enum(["planned", "now", "over", "ended"]),
  endedAt: Time.nullable(),
  isYours: z.boolean(),
  isYou: z.boolean(),
  mayEnd: z.boolean(),
})
export type StandInView = z.infer<typeof StandInView>

export const StandInList = z.strictObject({ items: z.array(StandInView), nextCursor: z.null() })

/** Somebody who can stand in for you in an agency. `email` only where two go by the same name. */
export const PossibleStandIn = Person.extend({ agencyId: z.string(), email: z.string().nullable() })
export type PossibleStandIn = z.infer<typeof PossibleStandIn>

export const PossibleStandInList = z.strictObject({ items: z.array(PossibleStandIn), nextCursor: z.null() })

export function toStandInView(row: StandIn, viewer: PersonActor, now: Date): StandInView {
  const status = standInStatus(row, now)

  return {
    standInId: row.standInId,
    agencyId: row.agencyId,
    absent: { personId: row.absentId, name: row.absentName },
    standIn: { personId: row.personId, name: row.personName },
    startsAt: row.startsAt.toISOString(),
    endsAt: row.endsAt.toISOString(),
    status,
    endedAt: row.endedAt?.toISOString() ?? null,
    isYours: row.absentId === viewer.personId,
    isYou: row.personId === viewer.personId,
    mayEnd: (status === "planned" || status === "now") && concerns(viewer, row),
  }
}
