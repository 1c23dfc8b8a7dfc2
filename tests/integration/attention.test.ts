import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { tidy } from "@/lib/jobs/tidy"
import { caller, type Caller } from "../support/api"
import { pendingWrite, type Pending } from "../support/calls"
import { reportView } from "../support/attention-operations"
import { typesFor, vote } from "../support/deciding"
import { makePerson, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
})
afterAll(() => world.close())

type Row = { visible_ms: number; hunks_shown: number; hunks_total: number; complete_at: Date | null }

async function rowOf({ approvalId }: Pending): Promise<Row[]> {
  const { rows } = await world.su.query<Row>(
    "SELECT visible_ms, hunks_shown, hunks_total, complete_at FROM approval_view WHERE approval_id = $1",
    [approvalId],
  )
  return rows
}

describe("what a page reports", () => {
  test("is kept once, never falls, and writes no leaf", async () => {
    const pending = await pendingWrite(key)
    const half = { visibleMs: 3_000, hunksShown: 1, hunksTotal: 2, isComplete: false }
    for (let again = 0; again < 2; again += 1) {
      expect(await reportView(reviewer, pending, half)).toMatchObject({ status: 200, body: { isKept: true } })
    }
    await reportView(reviewer, pending, { ...half, visibleMs: 10, hunksShown: 0 })
    expect(await rowOf(pending)).toMatchObject([
      { visible_ms: 3_000, hunks_shown: 1, hunks_total: 2, complete_at: null },
    ])

    await reportView(reviewer, pending, { ...half, hunksShown: 2, isComplete: true })
    const [complete] = await rowOf(pending)
    await reportView(reviewer, pending, half)
    expect(await rowOf(pending)).toMatchObject([{ hunks_shown: 2, complete_at: complete?.complete_at }])
    expect(complete?.complete_at).not.toBeNull()
    expect(await typesFor(world, pending)).toEqual(["tool_call.pending"])
  })

  test("is never more time than went by, nor more than four hours", async () => {
    const pending = await pendingWrite(key)
    await reportView(reviewer, pending, { visibleMs: 1_000 })
    await reportView(reviewer, pending, { visibleMs: 60_000_000 })
    expect((await rowOf(pending))[0]?.visible_ms).toBeLessThan(60_000)

    const other = await pendingWrite(key)
    await reportView(reviewer, other, { visibleMs: 60_000_000 })
    expect((await rowOf(other))[0]?.visible_ms).toBe(14_400_000)
  })

  test("counts for nothing after the vote, nor where there is nothing to decide", async () => {
    const pending = await pendingWrite(key)
    await reportView(reviewer, pending, { visibleMs: 100, hunksShown: 0, isComplete: false })
    await vote(reviewer, pending)
    await reportView(reviewer, pending, { visibleMs: 9_000 })
    const [row] = await rowOf(pending)
    expect(row).toMatchObject({ hunks_shown: 0, complete_at: null })
    expect(row?.visible_ms).toBeLessThan(9_000)

    const late = await reportView((await makePerson(world, { role: "reviewer" })).caller, pending)
    expect(late.body).toEqual({ isKept: false })
    expect(await rowOf(pending)).toHaveLength(1)
  })

  test.each([
    ["more shown than there is", { hunksShown: 2, hunksTotal: 1 }],
    ["all of it, but for a hunk", { hunksShown: 0, hunksTotal: 1, isComplete: true }],
    ["time that runs backwards", { visibleMs: -1 }],
  ])("is refused when it says %s", async (_, changes) => {
    const pending = await pendingWrite(key)
    expect(await reportView(reviewer, pending, changes)).toMatchObject({ status: 422 })
    expect(await rowOf(pending)).toEqual([])
  })

  test("has to come from a page of ours, in a person's session", async () => {
    const pending = await pendingWrite(key)
    const foreign = caller(world.url, { ...reviewer.headers, origin: "https://evil.example" })
    expect(await reportView(foreign, pending)).toMatchObject({ status: 403, body: { code: "csrf_failed" } })
    expect((await reportView(key, pending)).status).toBe(401)
    expect(await rowOf(pending)).toEqual([])
  })

  test("is forgotten after ninety days", async () => {
    const [old, young] = [await pendingWrite(key), await pendingWrite(key)]
    for (const pending of [old, young]) await reportView(reviewer, pending)
    await world.su.query(
      `UPDATE approval_view SET last_seen_at = now() - CASE approval_id WHEN $1 THEN interval '91 days'
         ELSE interval '89 days' END WHERE approval_id = ANY ($2)`,
      [old.approvalId, [old.approvalId, young.approvalId]],
    )
    await tidy()
    expect([await rowOf(old), await rowOf(young)]).toMatchObject([[], [{}]])
  })
})

describe("what is said of decisions", () => {
  test("are their number, time by size, streaks and what was not shown, to admins of the client alone", async () => {
    const { ours } = world
    const client = { tenantId: ours.tenantId }
    const person = await makePerson(world, { role: "reviewer" })
    await world.su.query("DELETE FROM approval_view")
    await world.su.query("UPDATE vote SET voted_at = voted_at - interval '40 days'")
    for (const [at, decision] of ["approve", "approve", "deny", "approve"].entries()) {
      const pending = await pendingWrite(key)
      const shown = at === 0 ? { hunksShown: 0, isComplete: false } : {}
      if (at < 3) await reportView(person.caller, pending, { visibleMs: (at + 1) * 2_000, ...shown })
      await vote(person.caller, pending, { decision, reason: "Because." })
    }

    const path = `/api/v1/tenants/${client.tenantId}/attention`
    const { body } = await (await world.as("admin")).get(path)
    const total = {
      ...{ decisions: 4, approvals: 3, denials: 1, medianMs: 4_000, withoutPage: 1, beforeShown: 1 },
      ...{ quick: 0, longestStreak: 2 },
    }
    expect(body).toMatchObject({
      days: 30,
      isCut: false,
      total,
      people: [],
      tools: [{ tool: "write_file", ...total }],
    })
    expect(body.total.sizes[0]).toEqual({ linesMin: 0, linesMax: 10, decisions: 4, medianMs: 4_000 })
    expect((await (await world.as("admin")).get("/api/v1/attention")).body.clients).toMatchObject([client])
    expect((await (await world.as("admin")).get(`${path}?days=60`)).body.total.decisions).toBeGreaterThan(4)

    expect((await person.caller.get("/api/v1/session/attention")).body.total).toEqual(body.total)
    expect((await reviewer.get("/api/v1/session/attention")).body.total.decisions).toBe(0)
    expect((await reviewer.get(path)).body.code).toBe("forbidden")
    expect((await reviewer.get("/api/v1/attention")).body.total.decisions).toBe(0)
    expect((await key.get(path)).status).toBe(401)
  })

  test("name a person only where there are enough decisions to say something", async () => {
    const person = await makePerson(world, { role: "reviewer" })
    const pending = await pendingWrite(key)
    await vote(person.caller, pending)
    const copies = async (count: number) => {
      await world.su.query(
        `INSERT INTO vote (tenant_id, approval_id, person_id, decision, change_hash, session_id, voted_at)
         SELECT a.tenant_id, a.approval_id, $1, 'approve', a.change_hash, 'ses_x', now() FROM approval a
         WHERE a.tenant_id = $2 ORDER BY a.approval_id LIMIT $3 ON CONFLICT DO NOTHING`,
        [person.personId, world.ours.tenantId, count],
      )
      const { body } = await (await world.as("admin")).get(`/api/v1/tenants/${world.ours.tenantId}/attention`)
      return body.people
    }
    while ((await pendingCount()) < 20) await pendingWrite(key)

    expect(await copies(1)).toEqual([])
    expect(await copies(40)).toMatchObject([{ personId: person.personId }])
  })
})

async function pendingCount(): Promise<number> {
  const { rows } = await world.su.query("SELECT count(*)::int AS count FROM approval WHERE tenant_id = $1", [
    world.ours.tenantId,
  ])
  return rows[0].count
}
