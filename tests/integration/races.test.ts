import { afterAll, beforeAll, expect, test } from "vitest"
import { startCluster, withComplaints, type Cluster } from "../support/api-processes"
import { gatherCrowds, type Crowd } from "../support/crowd"
import { raceRun } from "../support/race"

/** 10,000 in `npm run test:races`. */
const approvals = Number(process.env["RACED_APPROVALS"] ?? 200)
/** So many races go on at once, each around people of its own. */
const lanes = 4
/** The same seed gives the same operations; what overlaps is the machine's to say. */
const seed = Number(process.env["RACE_SEED"] ?? Date.now() % 1_000_000_000)

let cluster: Cluster
let crowds: readonly Crowd[]

beforeAll(async () => {
  cluster = await startCluster(3)
  crowds = await gatherCrowds(cluster, lanes)
}, 180_000)
afterAll(() => cluster.close())

test(
  "whatever 48 at once do to each approval over three processes, one order of it explains every answer",
  async () => {
    const random = randomFrom(seed)
    const unexplained: string[] = []
    let left = approvals / 2
    const worker = async (crowd: Crowd) => {
      for (; left > 0; left -= 1)
        unexplained.push(...(await raceRun({ cluster, crowd, random }, `race-${left}`)))
    }
    await withComplaints(cluster, Promise.all(crowds.map(worker)))

    expect(unexplained, `seed ${seed}`).toEqual([])
    expect(cluster.errors()).toBe("")
  },
  120_000 + approvals * 3_000,
)

test("each has one execution where it was spent and none elsewhere, and its leaves tell of every state in turn", async () => {
  const { rows } = await cluster.installation.su.query<Record<string, unknown>>(storyOfEach)
  expect(rows.length).toBeGreaterThanOrEqual(approvals)
  const untrue = rows.filter(
    ({ executions, status, chain, moves, version, votes, cast, outcome, reported }) =>
      executions !== (status === "consumed" ? 1 : 0) ||
      chain !== `pending${String(status)}` ||
      moves !== version ||
      votes !== cast ||
      outcome !== reported,
  )
  expect(untrue).toEqual([])
  const ends = new Set(rows.map(({ status }) => status))
  expect([...ends]).toEqual(expect.arrayContaining(["cancelled", "consumed", "denied", "expired"]))
}, 60_000)

/**
 * `chain`: from the first state to the last one, where each leaf begins with the state that the one before it ended
 * with; `reported`: by the leaf that comes after the spend's.
 */
const storyOfEach = `
  WITH leaf AS MATERIALIZED (
    SELECT approval_id, type, sequence, body -> 'fields' AS fields, body -> 'actor' ->> 'id' AS actor_id
    FROM audit_leaf l, LATERAL (SELECT convert_from(l.leaf, 'UTF8')::jsonb) AS read(body)
    WHERE approval_id IS NOT NULL
  ), told AS MATERIALIZED (
    SELECT approval_id, type, sequence, fields ->> 'from' AS began, fields ->> 'to' AS ended,
      lag(fields ->> 'to', 1, 'pending') OVER (PARTITION BY approval_id ORDER BY sequence) AS before
    FROM leaf WHERE fields ? 'from'
  ), said AS MATERIALIZED (
    SELECT approval_id, type, sequence, actor_id AS person_id FROM leaf
    WHERE type IN ('approval.voted', 'approval.approved', 'approval.denied', 'approval.vote_withdrawn',
      'approval.break_glass_approved')
    UNION ALL
    SELECT approval_id, type, sequence, fields ->> 'begunById' FROM leaf WHERE type = 'approval.break_glass_approved'
  ), chained AS (
    SELECT approval_id, 'pending' || (array_agg(ended ORDER BY sequence DESC))[1] AS chain FROM told
    GROUP BY approval_id HAVING bool_and(began = before)
  ), moved AS (
    SELECT approval_id, count(*)::int AS moves FROM leaf
    WHERE fields ? 'from' OR type IN ('approval.break_glass_begun', 'approval.break_glass_withdrawn')
    GROUP BY approval_id
  ), cast_last AS (
    SELECT approval_id, string_agg(person_id, ',' ORDER BY person_id COLLATE "C") AS people FROM (
      SELECT DISTINCT ON (approval_id, person_id) approval_id, person_id, type FROM said
      ORDER BY approval_id, person_id, sequence DESC) AS last
    WHERE type <> 'approval.vote_withdrawn' GROUP BY approval_id
  ), voted AS (
    SELECT approval_id, string_agg(person_id, ',' ORDER BY person_id COLLATE "C") AS people FROM vote
    GROUP BY approval_id
  ), executed AS (
    SELECT approval_id, count(*)::int AS count, max('execution.' || nullif(status, 'started')) AS outcome
    FROM execution GROUP BY approval_id
  ), reported AS (
    SELECT l.approval_id, string_agg(l.type, '+') AS types FROM audit_leaf l
    JOIN told ON told.approval_id = l.approval_id AND told.ended = 'consumed' AND l.sequence > told.sequence
    WHERE l.type LIKE 'execution.%' GROUP BY l.approval_id
  )
  SELECT a.approval_id, a.status, a.version, coalesce(executed.count, 0) AS executions,
    coalesce(chained.chain, 'pendingpending') AS chain, coalesce(moved.moves, 0) AS moves, voted.people AS votes,
    cast_last.people AS cast, executed.outcome, reported.types AS reported
  FROM approval a
  LEFT JOIN chained USING (approval_id) LEFT JOIN moved USING (approval_id) LEFT JOIN cast_last USING (approval_id)
  LEFT JOIN voted USING (approval_id) LEFT JOIN executed USING (approval_id) LEFT JOIN reported USING (approval_id)`

/** Mulberry32. */
function randomFrom(from: number): () => number {
  let state = from
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
