import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { examine } from "@/lib/db/examination"
import { labelWhatIsDue } from "@/lib/jobs/label-due"
import { newNonce } from "../support/api"
import { approve, openRun, pendingWrite, spend } from "../support/calls"
import { approvedWrite, codes, consumedWrite, executionsOf, report, typesFor } from "../support/deciding"
import { freshDatabase } from "../support/database"
import { pgBouncerPath, startPgBouncer, withoutPgBouncer, type PgBouncer } from "../support/pgbouncer"
import { makePerson, startWorld, until, type World } from "../support/world"

let bouncer: PgBouncer
let world: World

describe.skipIf(pgBouncerPath === null)(
  pgBouncerPath === null
    ? withoutPgBouncer
    : "behind PgBouncer in transaction mode, with three connections to share,",
  () => {
    beforeAll(async () => {
      world = await startWorld(undefined, async (appUrl) => {
        bouncer = await startPgBouncer(appUrl)
        return {
          url: bouncer.url,
          isPooled: (await examine({ appUrl: bouncer.url, ownerUrl: bouncer.url, directUrl: appUrl }))
            .isPooled,
        }
      })
    })

    afterAll(async () => {
      await world.close()
      await bouncer.stop()
    })

    const reviewer = async () => (await makePerson(world, { role: "reviewer" })).caller

    test("a change is asked for, approved, spent and reported, and its pages can be read", async () => {
      const person = await reviewer()
      const done = await consumedWrite(world.ours.key, person)
      expect((await report(world.ours.key, done.executionId)).body).toMatchObject({ status: "applied" })

      expect(await typesFor(world, done)).toEqual([
        "tool_call.pending",
        "approval.approved",
        "approval.consumed",
        "execution.applied",
      ])
      expect((await person.get("/api/v1/approvals?status=consumed")).body.items.length).toBeGreaterThan(0)
      expect((await person.get(`/api/v1/runs/${done.runId}/events`)).body.items.length).toBeGreaterThan(3)
    })

    test("48 spends at once: one wins", async () => {
      const pending = await approvedWrite(world.ours.key, await reviewer())
      const replies = await Promise.all(
        Array.from({ length: 48 }, () => spend(world.ours.key, pending, { nonce: newNonce() })),
      )

      expect(codes(replies)).toEqual([...Array.from({ length: 47 }, () => "already_consumed"), "won"])
      expect(await executionsOf(world, pending)).toBe(1)
    })

    test("100 requests of two clients and two people at once see only what is theirs", async () => {
      const [ours, theirs] = [await pendingWrite(world.ours.key), await pendingWrite(world.theirs.key)]
      const person = await reviewer()
      const asked = await Promise.all(
        Array.from({ length: 25 }, () => [
          world.ours.key.get(`/api/v1/approvals/${ours.approvalId}`),
          world.ours.key.get(`/api/v1/approvals/${theirs.approvalId}`),
          world.theirs.key.get(`/api/v1/approvals/${theirs.approvalId}`),
          person.get(`/api/v1/approvals/${theirs.approvalId}`),
        ]).flat(),
      )

      expect(new Set(asked.map(({ status }, index) => `${index % 4} ${status}`))).toEqual(
        new Set(["0 200", "1 404", "2 200", "3 404"]),
      )
    })

    test("a long poll ends at the decision, and creates can be repeated", async () => {
      const pending = await pendingWrite(world.ours.key)
      const polling = world.ours.key.get(`/api/v1/approvals/${pending.approvalId}?wait=20`)
      await approve(await reviewer(), pending)
      expect((await polling).body.status).toBe("approved")

      const create = () =>
        world.ours.key.post(
          "/api/v1/runs",
          { environment: "prod", workflow: "w", actor: { agent: "a" } },
          { "idempotency-key": "once" },
        )
      expect((await create()).body.runId).toBe((await create()).body.runId)
    })

    test("statements and locks are bounded, although no session says so", async () => {
      const names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
      const shown = await Promise.all(
        names.map(
          async (name) => (await world.app.query<Record<string, string>>(`SHOW ${name}`)).rows[0]?.[name],
        ),
      )
      expect(shown).toEqual(["5s", "2s", "15s"])

      const pending = await approvedWrite(world.ours.key, await reviewer())
      await world.su.query("BEGIN")
      await world.su.query("SELECT FROM approval WHERE approval_id = $1 FOR UPDATE", [pending.approvalId])
      const startedAt = Date.now()
      expect((await spend(world.ours.key, pending)).status).toBe(503)
      expect(Date.now() - startedAt).toBeLessThan(4_000)
      await world.su.query("ROLLBACK")
      expect((await spend(world.ours.key, pending)).status).toBe(200)
    })

    test("what is due is labelled", async () => {
      const due = await pendingWrite(world.ours.key)
      await world.su.query("UPDATE approval SET expires_at = now() WHERE approval_id = $1", [due.approvalId])
      await labelWhatIsDue()
      await until("the label", async () => (await typesFor(world, due)).includes("approval.expired"))
      expect(await openRun(world.ours.key)).toMatch(/^run_/)
    })
  },
)

test.skipIf(pgBouncerPath === null)(
  "a pooler is noticed, and refused where it would lose something",
  async () => {
    const db = await freshDatabase()
    const [app, owner] = await Promise.all([startPgBouncer(db.appUrl), startPgBouncer(db.ownerUrl)])

    await expect(
      examine({ appUrl: db.appUrl, ownerUrl: db.ownerUrl, directUrl: db.appUrl }),
    ).resolves.toEqual({ isPooled: false })
    await expect(examine({ appUrl: app.url, ownerUrl: db.ownerUrl, directUrl: db.appUrl })).resolves.toEqual({
      isPooled: true,
    })
    await expect(examine({ appUrl: app.url, ownerUrl: db.ownerUrl, directUrl: app.url })).rejects.toThrow(
      "set DATABASE_DIRECT_URL",
    )
    await expect(examine({ appUrl: db.appUrl, ownerUrl: owner.url, directUrl: db.appUrl })).rejects.toThrow(
      "DATABASE_OWNER_URL leads through a connection pooler",
    )
    await Promise.all([app.stop(), owner.stop()])
    await db.close()
  },
)
