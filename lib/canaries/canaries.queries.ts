import type { Actor, PersonActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import { tenantQuery } from "@/lib/operations/tenant-query"
import type { CanariesView, CanaryNotice, CanaryView } from "./canary.schema"

/** Ended ones on the page of a client; the rest is in the log. */
const resultsMax = 50

/** Nobody reads more at once; what is dismissed makes place for the rest. */
const noticesMax = 20
const noticeDays = 30

type Row = Omit<CanaryView, "endedAt"> & Readonly<{ endedAt: Date }>

/** How often canaries appear in a client and what became of them; nothing of one that is under way but that there is one. */
export const canaryResults: (actor: Actor, tenantId: string, _: null) => Promise<CanariesView> = tenantQuery(
  "canary:manage",
  async ({ db, tenantId }, _: null): Promise<CanariesView> => {
    const setting = await db.canarySetting.findUnique({ where: { tenantId } })
    const changedBy =
      setting === null
        ? null
        : await db.person.findUnique({
            where: { personId: setting.changedById },
            select: { personId: true, name: true },
          })
    const underWay = await db.canary.count({ where: { tenantId, status: { in: ["planned", "out"] } } })
    const rows = await db.$queryRaw<Row[]>`
      SELECT canary_id AS "canaryId", approval_id AS "approvalId", status, deviation, words,
        source_approval_id AS "sourceApprovalId", ended_at AS "endedAt"
      FROM canary WHERE tenant_id = ${tenantId} AND ended_at IS NOT NULL AND approval_id IS NOT NULL
      ORDER BY canary_id DESC LIMIT ${resultsMax}`

    return {
      tenantId,
      periodDays: setting?.periodDays ?? null,
      changedAt: setting?.changedAt.toISOString() ?? null,
      changedBy,
      isUnderWay: underWay > 0,
      items: rows.map(toView),
    }
  },
)

/**
 * What an approval was, once that has ended; null for every other, and for one
 * that still waits. One whose time is up has ended whether or not its row says so.
 *
 * @throws AppError `not_found`
 */
export const canaryOf: (actor: PersonActor, approvalId: string) => Promise<CanaryView | null> = query(
  "approval:read",
  async ({ db, now }, approvalId: string): Promise<CanaryView | null> => {
    const approval = await db.approval.findFirst({ where: { approvalId }, select: { tenantId: true } })
    if (approval === null) throw new AppError("not_found")
    const [row] = await db.$queryRaw<Row[]>`
      SELECT c.canary_id AS "canaryId", c.approval_id AS "approvalId", c.deviation, c.words,
        c.source_approval_id AS "sourceApprovalId", coalesce(c.ended_at, a.expires_at) AS "endedAt",
        CASE c.status WHEN 'out' THEN 'expired' ELSE c.status END AS status
      FROM canary c JOIN approval a ON a.tenant_id = c.tenant_id AND a.approval_id = c.approval_id
      WHERE c.tenant_id = ${approval.tenantId} AND c.approval_id = ${approvalId}
        AND (c.ended_at IS NOT NULL OR a.expires_at <= ${now})`

    return row === undefined ? null : toView(row)
  },
)

/** Canaries on which a person voted and that ended lately, but for those of which they said that they read. */
export const canaryNotices: (person: PersonActor) => Promise<readonly CanaryNotice[]> = (person) =>
  readNotices(person, person.personId)

const readNotices = query("approval:read", async ({ db, now }, personId: string): Promise<CanaryNotice[]> => {
  const since = new Date(now.getTime() - noticeDays * 24 * 60 * 60 * 1_000)
  const rows = await db.$queryRaw<(Omit<CanaryNotice, "endedAt"> & Readonly<{ endedAt: Date }>)[]>`
    SELECT c.canary_id AS "canaryId", c.approval_id AS "approvalId", c.tenant_id AS "tenantId", t.name AS "tenantName",
      ch.sentence, c.words, c.deviation, v.decision = 'approve' AS "isApproved", c.ended_at AS "endedAt"
    FROM canary c
    JOIN vote v ON v.tenant_id = c.tenant_id AND v.approval_id = c.approval_id AND v.person_id = ${personId}
    JOIN tenant t ON t.tenant_id = c.tenant_id
    JOIN change ch ON ch.tenant_id = c.tenant_id AND ch.call_id = c.call_id
    WHERE c.ended_at > ${since} AND c.status IN ('denied', 'approved', 'expired')
      AND NOT EXISTS (
        SELECT FROM canary_notice n
        WHERE n.tenant_id = c.tenant_id AND n.canary_id = c.canary_id AND n.person_id = ${personId})
    ORDER BY c.ended_at DESC LIMIT ${noticesMax}`

  return rows.map(({ endedAt, ...row }) => ({ ...row, endedAt: endedAt.toISOString() }))
})

function toView({ endedAt, ...row }: Row): CanaryView {
  return { ...row, endedAt: endedAt.toISOString() }
}
