import type { PersonActor } from "@/lib/access/actor"
import { query } from "@/lib/operations/query"
import type { BreakGlassNotice } from "./break-glass.schema"

/** Nobody reads more at once; what is dismissed makes place for the rest. */
const noticesMax = 20

/**
 * Approvals that were approved by break-glass in the tenants of a person, since
 * they came there, and that they have not said they read of; the latest first.
 */
export const breakGlassNotices: (actor: PersonActor) => Promise<readonly BreakGlassNotice[]> = (actor) =>
  readNotices(actor, actor)

const readNotices = query("approval:read", async ({ db }, { personId }: PersonActor) => {
  const rows = await db.$queryRaw<Row[]>`
    SELECT b.break_glass_id AS "breakGlassId", b.approval_id AS "approvalId", b.tenant_id AS "tenantId",
      t.name AS "tenantName", ch.sentence, f.person_id AS "byId", f.name AS "byName", s.person_id AS "confirmedById",
      s.name AS "confirmedByName", b.reason, b.ended_at AS at
    FROM break_glass b
    JOIN tenant t ON t.tenant_id = b.tenant_id
    JOIN approval a ON a.tenant_id = b.tenant_id AND a.approval_id = b.approval_id
    JOIN change ch ON ch.tenant_id = a.tenant_id AND ch.call_id = a.call_id
    JOIN person f ON f.person_id = b.begun_by_id
    JOIN person s ON s.person_id = b.confirmed_by_id
    WHERE b.status = 'approved'
      AND EXISTS (
        SELECT FROM membership m
        WHERE m.person_id = ${personId} AND m.ended_at IS NULL AND m.agency_id = t.agency_id
          AND (m.tenant_id IS NULL OR m.tenant_id = b.tenant_id) AND m.created_at <= b.ended_at)
      AND NOT EXISTS (
        SELECT FROM break_glass_notice n
        WHERE n.tenant_id = b.tenant_id AND n.break_glass_id = b.break_glass_id AND n.person_id = ${personId})
    ORDER BY b.ended_at DESC LIMIT ${noticesMax}`

  return rows.map(toNotice)
})

/** Whether somebody can begin to break an approval's glass, or confirm it: the very function that decides it says so. */
export const mayBreakGlass: (actor: PersonActor, approvalId: string) => Promise<boolean> = (
  actor,
  approvalId,
) => readMayBreak(actor, { approvalId, personId: actor.personId })

const readMayBreak = query(
  "approval:read",
  async ({ db }, { approvalId, personId }: Readonly<{ approvalId: string; personId: string }>) => {
    const rows = await db.$queryRaw<Readonly<{ may: boolean }>[]>`
      SELECT why_no_break_glass(a, ${personId}) IS NULL AND g.break_glass_off_at IS NULL AS may
      FROM approval a
      JOIN tenant t ON t.tenant_id = a.tenant_id
      JOIN agency g ON g.agency_id = t.agency_id
      WHERE a.approval_id = ${approvalId}`

    return rows[0]?.may ?? false
  },
)

type Row = Readonly<{
  breakGlassId: string
  approvalId: string
  tenantId: string
  tenantName: string
  sentence: string
  byId: string
  byName: string
  confirmedById: string
  confirmedByName: string
  reason: string
  at: Date
}>

function toNotice({ byId, byName, confirmedById, confirmedByName, at, ...row }: Row): BreakGlassNotice {
  return {
    ...row,
    by: { personId: byId, name: byName },
    confirmedBy: { personId: confirmedById, name: confirmedByName },
    at: at.toISOString(),
  }
}
