import { randomInt } from "node:crypto"
import type { AuditEvent } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { databaseTime } from "@/lib/env/runtime"
import { newId, newSalts } from "@/lib/operations/new-id"
import { findDecisionTimes, insertPlanned } from "./canaries.repo"
import { appearsAt, canaryCommitment } from "./canary"

/**
 * Plans a canary in a transaction that does more than that. What it will be made
 * of is seen when it appears; who can read the log learns that there is one, and
 * neither when nor which.
 *
 * @returns what the log says of it; null where one is under way already
 */
export async function planIn(db: TenantDb, periodDays: number): Promise<AuditEvent | null> {
  const [secret] = newSalts(1)
  if (secret === undefined) throw new Error("No secret was drawn.")
  const canaryId = newId("canary")
  const commitment = canaryCommitment({ tenantId: db.tenantId, canaryId, secret })
  const isNew = await insertPlanned(db, {
    canaryId,
    secret,
    commitment,
    appearsAt: await drawMoment(db, periodDays),
  })
  if (!isNew) return null

  return {
    type: "canary.planned",
    subject: { kind: "canary", id: canaryId },
    plain: { canaryId, commitment },
  }
}

/** A moment that nobody can foresee. */
export async function drawMoment(db: TenantDb, periodDays: number): Promise<Date> {
  const decided = await findDecisionTimes(db)
  const like = decided.length === 0 ? null : (decided[randomInt(decided.length)] ?? null)

  return new Date(appearsAt(databaseTime(), periodDays, randomInt(fine) / fine, like))
}

/** How finely chance is drawn: about a second of the longest period. */
const fine = 2 ** 24
