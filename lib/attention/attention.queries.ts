import type { PersonActor } from "@/lib/access/actor"
import { countCanaries, countOwnCanaries } from "@/lib/canaries/canary-counts.queries"
import type { ReadDb } from "@/lib/db/read-db"
import { query } from "@/lib/operations/query"
import { tenantQuery } from "@/lib/operations/tenant-query"
import { groupedBy, personDecisionsMin, quickSeconds, summarise, type DecisionFacts } from "./attention"
import type { AttentionView, OwnAttentionView } from "./attention.schema"

/** As many decisions as one answer rests on; the latest of the period. */
const decisionsMax = 20_000

/** How changes are decided in one client. */
export const attentionIn: (
  actor: PersonActor,
  tenantId: string,
  asked: Readonly<{ days: number }>,
) => Promise<AttentionView> = tenantQuery(
  "attention:read",
  async ({ db, now, tenantId }, { days }: Readonly<{ days: number }>) => viewFor(db, { days, now, tenantId }),
)

/** The same over every client in which this person may see it. */
export const attentionEverywhere: (
  actor: PersonActor,
  asked: Readonly<{ days: number }>,
) => Promise<AttentionView> = query(
  "attention:read",
  async ({ db, now }, { days }: Readonly<{ days: number }>) => viewFor(db, { days, now, tenantId: null }),
)

/** A person's own numbers, which are theirs to see whatever their role is. */
export async function ownAttention(
  person: PersonActor,
  { days }: Readonly<{ days: number }>,
): Promise<OwnAttentionView> {
  return readOwn(person, { days, personId: person.personId })
}

const readOwn = query(
  "approval:read",
  async ({ db, now }, asked: Readonly<{ days: number; personId: string }>): Promise<OwnAttentionView> => {
    const { facts: _facts, ...own } = await periodOf(db, { ...asked, now, tenantId: null })
    return { ...own, canaries: await countOwnCanaries(db, new Date(own.from), asked.personId) }
  },
)

type Asked = Readonly<{ days: number; now: Date; tenantId: string | null; personId: string | null }>

async function periodOf(db: ReadDb, { days, now, ...who }: Asked) {
  const from = new Date(now.getTime() - days * 24 * 60 * 60 * 1_000)
  const latest = await findDecisions(db, from, who)
  const facts = latest.slice(0, decisionsMax).toReversed()

  return {
    days,
    from: from.toISOString(),
    isCut: latest.length > decisionsMax,
    quickSeconds,
    total: summarise(facts),
    facts,
  }
}

async function viewFor(db: ReadDb, asked: Omit<Asked, "personId">): Promise<AttentionView> {
  const period = await periodOf(db, { ...asked, personId: null })

  return { ...viewOf(period), canaries: await countCanaries(db, new Date(period.from), asked.tenantId) }
}

function viewOf({ facts, ...period }: Awaited<ReturnType<typeof periodOf>>): Omit<AttentionView, "canaries"> {
  const tools = groupedBy(facts, ({ tenantId, server, tool }) => JSON.stringify([tenantId, server, tool]))
  const people = groupedBy(facts, ({ personId }) => personId).filter(
    ({ length }) => length >= personDecisionsMin,
  )

  return {
    ...period,
    clients: groupedBy(facts, ({ tenantId }) => tenantId)
      .map((some) => ({ tenantId: some[0].tenantId, name: some[0].tenantName, ...summarise(some) }))
      .toSorted(byName),
    tools: tools
      .map((some) => {
        const { tenantId, tenantName, server, tool } = some[0]
        return { tenantId, tenantName, server, tool, ...summarise(some) }
      })
      .toSorted((a, b) => b.decisions - a.decisions),
    people: people
      .map((some) => ({ personId: some[0].personId, name: some[0].personName, ...summarise(some) }))
      .toSorted(byName),
    personDecisionsMin,
  }
}

function byName(a: Readonly<{ name: string }>, b: Readonly<{ name: string }>): number {
  return a.name.localeCompare(b.name)
}

type Row = Omit<DecisionFacts, "wasShown"> & Readonly<{ wasShown: boolean | null }>

/**
 * The latest decisions of a period, one more than are counted. These are found
 * first and by themselves: joined at once, each approval there ever was would
 * be looked at.
 */
async function findDecisions(
  db: ReadDb,
  from: Date,
  { tenantId, personId }: Pick<Asked, "tenantId" | "personId">,
): Promise<DecisionFacts[]> {
  const rows = await db.$queryRaw<Row[]>`
    WITH latest AS MATERIALIZED (
      SELECT tenant_id, approval_id, person_id, decision, change_hash, voted_at FROM vote
      WHERE voted_at >= ${from} AND (${tenantId}::text IS NULL OR tenant_id = ${tenantId})
        AND (${personId}::text IS NULL OR person_id = ${personId})
      ORDER BY voted_at DESC LIMIT ${decisionsMax + 1}
    )
    SELECT v.tenant_id AS "tenantId", t.name AS "tenantName", c.server, c.name AS tool, v.person_id AS "personId",
      p.name AS "personName", v.decision = 'approve' AS "isApproval", s.visible_ms AS "visibleMs",
      s.complete_at IS NOT NULL AS "wasShown", (
        SELECT coalesce(sum(part.added + part.removed), 0)::int FROM change_part part
        WHERE part.tenant_id = a.tenant_id AND part.call_id = a.call_id) AS lines
    FROM latest v
    JOIN approval a ON a.tenant_id = v.tenant_id AND a.approval_id = v.approval_id
    JOIN tool_call c ON c.tenant_id = a.tenant_id AND c.call_id = a.call_id
    JOIN tenant t ON t.tenant_id = v.tenant_id
    JOIN person p ON p.person_id = v.person_id
    LEFT JOIN approval_view s ON s.tenant_id = v.tenant_id AND s.approval_id = v.approval_id
      AND s.person_id = v.person_id AND s.change_hash = v.change_hash
    ORDER BY v.voted_at DESC`

  return rows.map((row) => ({ ...row, wasShown: row.wasShown === true }))
}
