import { createRequire } from "node:module"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { labelWhatIsDue } from "@/lib/jobs/label-due"
import { tidy } from "@/lib/jobs/tidy"
import { queueRevision } from "@/lib/db/queue"
import { inTenant } from "@/lib/db/tenant-db"
import { workOnJobs } from "@/lib/jobs/worker"
import { onChange } from "@/lib/notifications/notifier"
import { newId } from "@/lib/operations/new-id"
import { openRun, pendingWrite, spend, type Pending } from "../support/calls"
import { approvedWrite, consumedWrite, pendingWriteIn, report, typesFor } from "../support/deciding"
import { leavesOf, makePerson, startWorld, until, type World } from "../support/world"

let world: World
/** They end when the process does: with the world. */
const workers: Promise<void>[] = []

beforeAll(async () => {
  world = await startWorld()
})

afterAll(async () => {
  await world.close()
  await Promise.all(workers)
})

const reviewer = async () => (await makePerson(world, { role: "reviewer" })).caller

describe("a sweep", () => {
  test("labels what nobody decided and what nobody used, each with one leaf, and leaves the rest", async () => {
    const undecided = await pendingWrite(world.ours.key)
    const unused = await approvedWrite(world.ours.key, await reviewer())
    const [waiting, approved] = [
      await pendingWrite(world.ours.key),
      await approvedWrite(world.ours.key, await reviewer()),
    ]
    await endTime(undecided, "expires_at")
    await endTime(unused, "use_by")

    await labelWhatIsDue()

    expect(await rowsOf(undecided, unused, waiting, approved)).toEqual([
      ["expired", "not_decided"],
      ["expired", "not_used"],
      ["pending", null],
      ["approved", null],
    ])
    expect(await typesFor(world, undecided)).toEqual(["tool_call.pending", "approval.expired"])
    expect((await lastLeaf(undecided)).actor).toEqual({ kind: "system", id: "clock" })
  })

  test("labels an execution that nobody reported on as unknown, and a late outcome is still taken once", async () => {
    const spent = await consumedWrite(world.ours.key, await reviewer())
    const fresh = await consumedWrite(world.ours.key, await reviewer())
    await world.su.query(
      "UPDATE execution SET started_at = started_at - interval '16 minutes' WHERE execution_id = $1",
      [spent.executionId],
    )

    await labelWhatIsDue()

    const { rows } = await world.su.query(
      "SELECT execution_id AS id, status FROM execution WHERE execution_id = ANY($1) ORDER BY started_at",
      [[spent.executionId, fresh.executionId]],
    )
    expect(rows).toEqual([
      { id: spent.executionId, status: "unknown" },
      { id: fresh.executionId, status: "started" },
    ])
    expect((await typesFor(world, spent)).at(-1)).toBe("execution.unknown")
    expect((await report(world.ours.key, spent.executionId)).body).toMatchObject({
      status: "applied",
      late: true,
    })
    expect((await report(world.ours.key, spent.executionId, { status: "failed" })).body.code).toBe(
      "outcome_recorded",
    )
  })

  test("tells of what is about to lapse once, of nothing else, and changes nothing by it", async () => {
    const minute = await pendingWrite(world.ours.key)
    const [closing, open, lapsed] = [
      await pendingWrite(world.ours.key),
      await pendingWrite(world.ours.key),
      await pendingWrite(world.ours.key),
    ]
    // The last fifth of an hour is over ten minutes, and that of two minutes is under one.
    for (const [pending, lasts, left] of [
      [closing, "1 hour", "9 minutes 59 seconds"],
      [open, "1 hour", "10 minutes 30 seconds"],
      [minute, "2 minutes", "59 seconds"],
      [lapsed, "1 hour", "-1 second"],
    ] as const) {
      await world.su.query(
        `UPDATE approval SET expires_at = now() + $2::interval, requested_at = now() + $2::interval - $3::interval
         WHERE approval_id = $1`,
        [pending.approvalId, left, lasts],
      )
    }
    const before = (await world.ours.key.get(`/api/v1/approvals/${closing.approvalId}`)).body
    const heard: string[] = []
    const stop = onChange(({ approvalId }) => void heard.push(approvalId))
    await labelWhatIsDue()
    await labelWhatIsDue()
    stop()

    const timesOf = ({ approvalId }: Pending) => heard.filter((id) => id === approvalId).length
    expect([closing, minute, open, lapsed].map(timesOf)).toEqual([1, 1, 0, 1])
    const { rows } = await world.su.query<{ id: string }>(
      "SELECT approval_id AS id FROM approval WHERE warned_at IS NOT NULL AND approval_id = ANY($1) ORDER BY 1",
      [[closing, minute, open, lapsed].map(({ approvalId }) => approvalId)],
    )
    expect(rows.map(({ id }) => id)).toEqual([closing.approvalId, minute.approvalId].sort())
    expect((await world.ours.key.get(`/api/v1/approvals/${closing.approvalId}`)).body).toEqual(before)
    expect(await typesFor(world, closing)).toEqual(["tool_call.pending"])
  })

  test("wakes whoever waits", async () => {
    const due = await pendingWrite(world.ours.key)
    const heard: string[] = []
    const stop = onChange(({ approvalId }) => void heard.push(approvalId))
    await endTime(due, "expires_at")
    await labelWhatIsDue()
    stop()

    expect(heard).toContain(due.approvalId)
  })

  test("eight sweeps at once over two clients and more than a batch: one transition and one leaf each", async () => {
    const runId = await openRun(world.ours.key)
    const due = await Promise.all(Array.from({ length: 60 }, () => pendingWriteIn(world.ours.key, runId)))
    const foreign = await pendingWrite(world.theirs.key)
    await Promise.all([...due, foreign].map((pending) => endTime(pending, "expires_at")))

    await Promise.all(Array.from({ length: 8 }, () => labelWhatIsDue()))
    // What one sweep held locked, the others have passed over.
    await labelWhatIsDue()

    expect((await rowsOf(...due, foreign)).every(([status]) => status === "expired")).toBe(true)
    const ids = new Set(due.map(({ approvalId }) => approvalId))
    const leaves = await leavesOf(world, world.ours.tenantId)
    const expired = leaves.filter(
      ({ type, approvalId }) => type === "approval.expired" && ids.has(approvalId ?? ""),
    )
    expect(expired).toHaveLength(due.length)
    expect(
      (await leavesOf(world, world.theirs.tenantId)).filter(({ type }) => type === "approval.expired"),
    ).toHaveLength(1)
  })

  test("does not touch what is being decided at that moment, and a vote or a spend that races it cannot win late", async () => {
    const due = await approvedWrite(world.ours.key, await reviewer())
    await endTime(due, "use_by")
    const [spent] = await Promise.all([spend(world.ours.key, due), labelWhatIsDue()])
    await labelWhatIsDue()

    expect([spent.status, spent.body.code]).toEqual([409, "expired"])
    expect((await typesFor(world, due)).filter((type) => type === "approval.expired")).toHaveLength(1)
  })

  test("one client that cannot be labelled does not keep the others waiting, and nothing of it is half done", async () => {
    const [broken, fine] = [await pendingWrite(world.ours.key), await pendingWrite(world.theirs.key)]
    await Promise.all([endTime(broken, "expires_at"), endTime(fine, "expires_at")])
    await world.owner.query(
      `CREATE FUNCTION break_leaf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no leaf'; END $$;
       CREATE TRIGGER break_leaf BEFORE INSERT ON audit_leaf FOR EACH ROW WHEN (NEW.tenant_id = '${world.ours.tenantId}')
       EXECUTE FUNCTION break_leaf()`,
    )
    await labelWhatIsDue()
    await world.owner.query("DROP FUNCTION break_leaf() CASCADE")

    expect(await rowsOf(broken, fine)).toEqual([
      ["pending", null],
      ["expired", "not_decided"],
    ])
  })
})

describe("the worker", () => {
  test("labels within seconds without anybody asking, under the role that serves, and two of them do it once", async () => {
    for (const work of [workOnJobs(), workOnJobs()]) workers.push(work)
    const due = await pendingWrite(world.ours.key)
    await endTime(due, "expires_at")

    await until("the label", async () => (await rowsOf(due))[0]?.[0] === "expired", 15_000)
    expect((await typesFor(world, due)).filter((type) => type === "approval.expired")).toHaveLength(1)

    const later = await pendingWrite(world.ours.key)
    await endTime(later, "expires_at")
    await until("the next sweep", async () => (await rowsOf(later))[0]?.[0] === "expired", 15_000)
    const { rows } = await world.su.query("SELECT count(*)::int AS jobs FROM graphile_worker._private_jobs")
    expect(rows[0].jobs).toBeLessThan(5)
  }, 40_000)

  test("finds the tables of its library at the revision that it was made for", async () => {
    const require = createRequire(import.meta.url)
    const { migrations } = require("graphile-worker/dist/generated/sql.js") as {
      migrations: Record<string, string>
    }
    const { rows } = await world.su.query("SELECT max(id) AS id FROM graphile_worker.migrations")

    expect(rows).toEqual([{ id: queueRevision }])
    expect(queueRevision).toBe(Object.keys(migrations).length)
  })
})

test("what can no longer count is forgotten, and only that", async () => {
  const { personId } = await makePerson(world, { role: "reviewer" })
  const session = async (ended: string) => {
    const sessionId = newId("session")
    await world.su.query(
      `INSERT INTO session (session_id, person_id, idle_expires_at, expires_at, revoked_at)
       VALUES ($1, $2, now() + interval '1 day', now() + interval '1 day', now() - $3::interval)`,
      [sessionId, personId, ended],
    )
    return sessionId
  }
  const [old, recent] = [await session("8 days"), await session("1 hour")]
  await world.su.query(
    "INSERT INTO sign_in_failure (subject_mac, failed_at) VALUES ('\\x01', now() - interval '2 days'), ('\\x02', now())",
  )
  const create = (name: string) =>
    world.ours.key.post(
      "/api/v1/runs",
      { environment: "prod", workflow: "w", actor: { agent: "a" } },
      { "idempotency-key": name },
    )
  await create("old")
  await world.su.query("UPDATE idempotency SET created_at = created_at - interval '25 hours'")
  await create("new")
  const edit = (eventId: string, ago: string) =>
    world.su.query(
      `INSERT INTO rule_edit (tenant_id, person_id, event_id, kind, subject, edited_at)
       VALUES ($1, $2, $3, 'policy', '', now() - $4::interval)`,
      [world.ours.tenantId, personId, eventId, ago],
    )
  await Promise.all([edit("evt_old", "26 hours"), edit("evt_read", "23 hours 59 minutes")])

  await tidy()

  const { rows } = await world.su.query(
    `SELECT (SELECT array_agg(session_id) FROM session WHERE session_id = ANY($1)) AS sessions,
       (SELECT array_agg(subject_mac::text) FROM sign_in_failure WHERE length(subject_mac) = 1) AS failures,
       (SELECT count(*)::int FROM idempotency) AS idempotency,
       (SELECT array_agg(event_id) FROM rule_edit WHERE person_id = $2) AS edits`,
    [[old, recent], personId],
  )
  expect(rows).toEqual([{ sessions: [recent], failures: ["\\x02"], idempotency: 1, edits: ["evt_read"] }])
  await expect(
    inTenant(world.ours.tenantId, (db) => db.sql`DELETE FROM rule_edit WHERE tenant_id = ${db.tenantId}`),
  ).rejects.toThrow("permission denied")
})

async function endTime({ approvalId }: Pending, column: "expires_at" | "use_by"): Promise<void> {
  await world.su.query(
    `UPDATE approval SET ${column} = clock_timestamp() - interval '1 second' WHERE approval_id = $1`,
    [approvalId],
  )
}

async function rowsOf(...pending: readonly Pending[]): Promise<(string | null)[][]> {
  const { rows } = await world.su.query<{ status: string; because: string | null }>(
    `SELECT status, ended_because AS because FROM unnest($1::text[]) WITH ORDINALITY AS wanted(id, position)
     JOIN approval ON approval_id = wanted.id ORDER BY position`,
    [pending.map(({ approvalId }) => approvalId)],
  )
  return rows.map(({ status, because }) => [status, because])
}

async function lastLeaf({ approvalId }: Pending) {
  const leaves = await leavesOf(world, world.ours.tenantId)
  const found = leaves.filter((leaf) => leaf.approvalId === approvalId).at(-1)
  if (found === undefined) throw new Error("There is no leaf.")

  return found.body
}
