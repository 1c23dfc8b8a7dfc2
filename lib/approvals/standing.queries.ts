import type { ReadDb } from "@/lib/db/read-db"
import type { WhyNoVote } from "./approval"
import { nobody, type Counted, type Uncounted } from "./quorum"
import type { RecentEdit } from "./recent-edit"

/** Where the votes on an approval stand, and what keeps somebody from adding theirs. */
export type Standing = Readonly<{
  whyNot: WhyNoVote | null
  /** What they edited; null where that is not why. */
  edited: RecentEdit | null
  /** The name of the one in whose place they would decide; null where it is for themselves, or not at all. */
  actingFor: string | null
  counted: Counted
  uncounted: readonly Uncounted[]
  /** Whether one person both asks and approves here, or did. */
  isSelfReview: boolean
}>

type Row = Readonly<{
  approvalId: string
  whyNot: WhyNoVote | null
  edited: RecentEdit | null
  actingFor: string | null
  counted: readonly number[] | null
  uncounted: readonly Uncounted[] | null
  isSelfReview: boolean
}>

/**
 * Asked of the very functions that decide it when a vote is cast: a page that
 * knew better or worse than they do would promise what they refuse.
 */
export async function standings(
  db: ReadDb,
  personId: string,
  approvalIds: readonly string[],
): Promise<ReadonlyMap<string, Standing>> {
  if (approvalIds.length === 0) return new Map()
  const rows = await db.$queryRaw<Row[]>`
    SELECT a.approval_id AS "approvalId", coalesce(asked.why_not, voted.why_not) AS "whyNot",
      CASE asked.why_not WHEN 'edited_recently' THEN coalesce(
        recent_edit(a.tenant_id, ${personId}, c.server, c.name),
        recent_edit(a.tenant_id, asked.acting_for, c.server, c.name)) END AS edited,
      (SELECT name FROM person WHERE person_id = asked.acting_for) AS "actingFor",
      CASE WHEN voted.any THEN counted_votes(a.tenant_id, a.approval_id, a.required) END AS counted,
      CASE WHEN voted.any THEN (
        SELECT json_agg(json_build_object('personId', voter, 'why', why))
        FROM weighed_votes(a.tenant_id, a.approval_id, a.required) WHERE why IS NOT NULL) END AS uncounted,
      CASE a.status
        WHEN 'pending' THEN is_self_review(a.tenant_id, a.required, c.tier, sole_voter(a.tenant_id))
        ELSE voted.by_who_asked END AS "isSelfReview"
    FROM approval a
    JOIN tool_call c ON c.tenant_id = a.tenant_id AND c.call_id = a.call_id
    CROSS JOIN LATERAL acting_for(a.tenant_id, a.approval_id, ${personId}, 'approve') AS standing (acting_for)
    CROSS JOIN LATERAL (
      SELECT standing.acting_for, why_no_vote(
        a.tenant_id, a.approval_id, a.required, ${personId}, standing.acting_for, 'deny') AS why_not
    ) AS asked
    CROSS JOIN LATERAL (
      SELECT count(*) > 0 AS any, coalesce(bool_or(v.self_reviewed), false) AS by_who_asked,
        CASE WHEN bool_or(${personId} IN (v.person_id, v.on_behalf_of)) THEN 'already_voted' END AS why_not
      FROM vote v
      WHERE v.tenant_id = a.tenant_id AND v.approval_id = a.approval_id AND v.decision = 'approve'
    ) AS voted
    WHERE a.approval_id = ANY (${[...approvalIds]})`

  return new Map(rows.map((row) => [row.approvalId, toStanding(row)]))
}

/** Of an approval that cannot be seen any more. */
export const noStanding: Standing = {
  whyNot: "forbidden",
  edited: null,
  actingFor: null,
  counted: nobody,
  uncounted: [],
  isSelfReview: false,
}

function toStanding({ counted, uncounted, actingFor, ...row }: Row): Standing {
  const [owners = 0, admins = 0, voters = 0] = counted ?? []

  return {
    ...row,
    actingFor: row.whyNot === null ? actingFor : null,
    counted: { owners, admins, voters },
    uncounted: uncounted ?? [],
  }
}
