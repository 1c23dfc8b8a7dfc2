import { z } from "zod"
import type { PersonActor } from "@/lib/access/actor"
import { mayAttend, mayConfirm, type Recovery } from "./recovery"

const Time = z.iso.datetime()
const Person = z.strictObject({ personId: z.string(), name: z.string() })

/** `confirmedBy` are administrators: one confirms first, another one ends it. */
export const RecoveryView = z.strictObject({
  recoveryId: z.string(),
  membershipId: z.string(),
  person: Person,
  askedBy: Person,
  askedAt: Time,
  expiresAt: Time,
  status: z.enum(["open", "done", "refused", "withdrawn", "expired"]),
  endedAt: Time.nullable(),
  confirmedBy: z.array(z.string()),
  isAboutYou: z.boolean(),
  mayConfirm: z.boolean(),
  mayEnd: z.boolean(),
})
export type RecoveryView = z.infer<typeof RecoveryView>

export const RecoveryList = z.strictObject({ items: z.array(RecoveryView), nextCursor: z.null() })

export function toRecoveryView(row: Recovery, viewer: PersonActor): RecoveryView {
  const isAboutYou = row.personId === viewer.personId

  return {
    recoveryId: row.recoveryId,
    membershipId: row.membershipId,
    person: { personId: row.personId, name: row.name },
    askedBy: { personId: row.askedById, name: row.askedByName },
    askedAt: row.askedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    status: row.status,
    endedAt: row.endedAt?.toISOString() ?? null,
    confirmedBy: [row.firstAdminName, row.secondAdminName].filter((name) => name !== null),
    isAboutYou,
    mayConfirm: mayConfirm(viewer, row),
    mayEnd: row.status === "open" && (isAboutYou || mayAttend(viewer, row)),
  }
}
