import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import { newId, newSalts } from "@/lib/operations/new-id"
import { pendingWrite, writeFile, type Pending } from "../support/calls"
import { installCopies } from "../support/lane"
import { mayBeApproved, type Cast, type Group, type Organisation, type Stage } from "../support/org-judge"
import { startWorld, type World } from "../support/world"

const graphs = 120

let world: World
let original: Pending
let originalKey: string

beforeAll(async () => {
  world = await startWorld()
  original = await pendingWrite(world.ours.key)
  originalKey = String(original.approval.requestedBy.keyId)
  await installCopies(world.su)
})
afterAll(() => world.close())

const size = 6
const who = fc.nat(size - 1)
const edits = ["policy", "members", "tool", "other tool"] as const
const role = fc.constantFrom("owner", "admin", "reviewer", "reviewer", "reviewer", "auditor")
const place = fc.constantFrom(
  "agency",
  "agency",
  "agency",
  "client",
  "client",
  "other client",
  "other agency",
)

const people = fc.array(
  fc.record({
    memberships: fc.uniqueArray(fc.record({ role, place, hasEnded: fc.nat(9).map((one) => one === 0) }), {
      ...{ minLength: 1, maxLength: 3, selector: (one) => one.place },
    }),
    isDisabled: fc.nat(14).map((one) => one === 0),
    edit: fc.option(fc.record({ kind: fc.constantFrom(...edits), hoursAgo: fc.constantFrom(1, 23, 25) }), {
      freq: 9,
    }),
  }),
  { minLength: size, maxLength: size },
)

const stage = fc.record({
  group: fc.constantFrom<Group>("owners", "admins", "reviewers", "reviewers", "reviewers"),
  count: fc.constantFrom(1, 1, 2, 3),
})
const stages: fc.Arbitrary<readonly Stage[]> = fc.oneof(
  fc.array(stage, { minLength: 1, maxLength: 2 }),
  fc
    .array(fc.tuple(stage, fc.constantFrom(1, 2)), { minLength: 2, maxLength: 4 })
    .map((list) => list.map(([one, alternative]) => ({ ...one, alternative }))),
)

const graph = fc.record({
  ...{ people, stages, keyOwner: who, keyMaker: who, operator: who },
  standIns: fc.array(fc.record({ person: who, absent: who, isNow: fc.boolean() }), { maxLength: 2 }),
  acts: fc.array(fc.record({ who, what: fc.constantFrom("vote", "vote", "vote", "vote", "vote", "leave") }), {
    minLength: 4,
    maxLength: 12,
  }),
})
type Graph = typeof graph extends fc.Arbitrary<infer Value> ? Value : never

test("whatever an agency looks like, nothing is approved by somebody who may not, or by one person as two", async () => {
  let approved = 0
  await fc.assert(
    fc.asyncProperty(graph, async (given) => {
      const ids = await build(given)
      const left = new Set<number>()
      for (const act of given.acts) {
        if (act.what === "leave") await leave(ids, act.who, left)
        else if ((await castBy(ids, act.who)) !== null) continue
        const { status, votes } = await standing(ids)
        const isFilled = mayBeApproved(asItIs(given, left), votes)
        if (status === "approved" && act.what === "vote") {
          approved += 1
          expect(isFilled, JSON.stringify({ given, votes })).toBe(true)
          return
        }
        // Of everybody's own votes nothing is kept waiting either.
        if (act.what === "vote" && given.standIns.length === 0)
          expect(isFilled, JSON.stringify({ given, votes })).toBe(false)
      }
    }),
    { numRuns: graphs },
  )
  expect(approved).toBeGreaterThan(graphs / 20)
}, 120_000)

type Ids = Readonly<{ people: readonly string[]; sessions: readonly string[]; approvalId: string }>

async function build(given: Graph): Promise<Ids> {
  const { su, ours, theirs } = world
  const ids = {
    people: given.people.map(() => newId("person")),
    sessions: given.people.map(() => newId("session")),
  }
  const call = {
    runId: newId("run"),
    callId: newId("call"),
    approvalId: newId("approval"),
    keyId: newId("key"),
  }
  const personAt = (index: number) => ids.people[index] ?? ""
  const places = {
    agency: { agencyId: ours.agencyId, tenantId: null },
    client: { agencyId: ours.agencyId, tenantId: ours.tenantId },
    "other client": { agencyId: ours.agencyId, tenantId: world.demo.tenants[1]?.tenantId },
    "other agency": { agencyId: theirs.agencyId, tenantId: null },
  }
  const memberships = given.people.flatMap(({ memberships: own }, index) =>
    own.map((one) => ({
      ...one,
      ...places[one.place],
      id: newId("membership"),
      person: personAt(index),
    })),
  )
  const edited = given.people.flatMap(({ edit }, index) =>
    edit === null ? [] : [{ ...edit, person: personAt(index) }],
  )
  await su.query(
    `INSERT INTO person (person_id, email, name, disabled_at)
     SELECT id, lower(id) || '@people.example', id, CASE WHEN disabled THEN now() END FROM unnest($1::text[], $2::bool[]) AS p(id, disabled)`,
    [ids.people, given.people.map(({ isDisabled }) => isDisabled)],
  )
  await su.query(
    `INSERT INTO session (session_id, person_id, idle_expires_at, expires_at)
     SELECT s, p, now() + interval '1 hour', now() + interval '1 day' FROM unnest($1::text[], $2::text[]) AS x(s, p)`,
    [ids.sessions, ids.people],
  )
  await su.query(
    `INSERT INTO membership (membership_id, agency_id, tenant_id, person_id, role, ended_at)
     SELECT id, "agencyId", "tenantId", person, role, CASE WHEN "hasEnded" THEN now() END
     FROM jsonb_to_recordset($1) AS m(id text, "agencyId" text, "tenantId" text, person text, role text, "hasEnded" bool)`,
    [JSON.stringify(memberships)],
  )
  await su.query(
    `INSERT INTO rule_edit (tenant_id, person_id, event_id, kind, subject, edited_at)
     SELECT $1, person, 'evt_' || person, split_part(kind, ' ', greatest(1, array_length(string_to_array(kind, ' '), 1))),
       CASE kind WHEN 'tool' THEN $3 ELSE 'workspace/other' END, now() - make_interval(hours => "hoursAgo")
     FROM jsonb_to_recordset($2) AS e(person text, kind text, "hoursAgo" int)`,
    [ours.tenantId, JSON.stringify(edited), `${writeFile.server}/${writeFile.name}`],
  )
  await su.query(
    `INSERT INTO stand_in (stand_in_id, agency_id, absent_id, person_id, starts_at, ends_at)
     SELECT id, $1, absent, person, now() - interval '2 days', now() + CASE WHEN "isNow" THEN interval '1 day' ELSE interval '-1 day' END
     FROM jsonb_to_recordset($2) AS s(id text, absent text, person text, "isNow" bool)`,
    [
      ours.agencyId,
      JSON.stringify(
        standInsOf(given).map(({ person, absent, isNow }) => ({
          isNow,
          id: newId("run"),
          absent: personAt(absent),
          person: personAt(person),
        })),
      ),
    ],
  )
  await su.query(
    `INSERT INTO api_key SELECT (jsonb_populate_record(k, jsonb_build_object(
       'key_id', $2::text, 'public_id', right($2, 16), 'owner_id', $3::text, 'created_by_id', $4::text))).* FROM api_key k WHERE key_id = $1`,
    [originalKey, call.keyId, personAt(given.keyOwner), personAt(given.keyMaker)],
  )
  await su.query("SELECT test.copy($1, $2, $3, $4, $5)", [
    original.approvalId,
    call.runId,
    call.callId,
    call.approvalId,
    call.keyId,
  ])
  await su.query("UPDATE run SET operator_id = $2 WHERE run_id = $1", [call.runId, personAt(given.operator)])
  await su.query("UPDATE approval SET required = $2 WHERE approval_id = $1", [
    call.approvalId,
    JSON.stringify(given.stages),
  ])

  return { ...ids, approvalId: call.approvalId }
}

/** One for each who is away. */
function standInsOf({ standIns }: Graph): Graph["standIns"] {
  return standIns.filter(
    ({ person, absent }, index) =>
      person !== absent &&
      standIns.findIndex((other) => other.absent === absent && other.person !== absent) === index,
  )
}

/** Null when it was taken, else the code. */
async function castBy({ sessions, approvalId }: Ids, index: number): Promise<string | null> {
  const { rows } = await world.app.query<{ cast_vote: { code: string | null } }>(
    "SELECT cast_vote($1, $2, 'approve', $3, NULL, $4, $5, NULL)",
    [sessions[index], approvalId, original.changeHash, newId("event"), newSalts(4)],
  )
  return rows[0]?.cast_vote.code ?? null
}

async function leave({ people: all }: Ids, index: number, left: Set<number>): Promise<void> {
  left.add(index)
  await world.su.query("UPDATE membership SET ended_at = now() WHERE person_id = $1 AND ended_at IS NULL", [
    all[index],
  ])
}

async function standing({ approvalId, people: all }: Ids): Promise<{ status: string; votes: Cast[] }> {
  const { rows } = await world.su.query<{ status: string; by: string | null; on_behalf_of: string | null }>(
    `SELECT a.status, v.person_id AS by, v.on_behalf_of FROM approval a LEFT JOIN vote v USING (tenant_id, approval_id)
     WHERE approval_id = $1`,
    [approvalId],
  )
  const votes = rows.flatMap(({ by, on_behalf_of: absent }) =>
    by === null ? [] : [{ by: all.indexOf(by), onBehalfOf: absent === null ? null : all.indexOf(absent) }],
  )
  return { status: rows[0]?.status ?? "", votes }
}

/** The same as the judge wants it. */
function asItIs(given: Graph, left: ReadonlySet<number>): Organisation {
  const parts = [given.keyOwner, given.keyMaker, given.operator]
  return {
    stages: given.stages,
    standIns: standInsOf(given).filter(({ isNow }) => isNow),
    people: given.people.map(({ memberships, isDisabled, edit }, index) => ({
      isDisabled,
      isPartOfIt:
        parts.includes(index) || (edit !== null && edit.kind !== "other tool" && edit.hoursAgo < 24),
      roles: left.has(index)
        ? []
        : memberships
            .filter(({ hasEnded, place: where }) => !hasEnded && (where === "agency" || where === "client"))
            .map((one) => one.role),
    })),
  }
}
