import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Caller } from "../support/api"
import { approve, pendingWrite, type Pending } from "../support/calls"
import { makeKey, makePerson, startWorld, type World } from "../support/world"

let world: World
let pending: Pending

beforeAll(async () => {
  world = await startWorld()
  pending = await pendingWrite(world.ours.key)
})

afterAll(() => world.close())

/** SPEC 4.2.6 says one second on every node; the rest is for a busy machine. */
const promptlyMs = 2_500

async function promptly<T>(work: Promise<T>): Promise<T> {
  const startedAt = Date.now()
  const value = await work
  expect(Date.now() - startedAt).toBeLessThan(promptlyMs)

  return value
}

describe("whoever waits is asked again who they are:", () => {
  test.each<[string, () => Promise<{ who: Caller; end: () => Promise<unknown> }>]>([
    [
      "a key that is revoked",
      async () => {
        const { caller: who, keyId } = await makeKey(world)
        return {
          who,
          end: () =>
            world.su.query("UPDATE api_key SET revoked_at = clock_timestamp() WHERE key_id = $1", [keyId]),
        }
      },
    ],
    [
      "a session that is revoked",
      async () => {
        const { caller: who, sessionId } = await makePerson(world, { role: "reviewer" })
        return {
          who,
          end: () =>
            world.su.query("UPDATE session SET revoked_at = clock_timestamp() WHERE session_id = $1", [
              sessionId,
            ]),
        }
      },
    ],
  ])("%s ends its long poll within a second", async (_, make) => {
    const { who, end } = await make()
    const polling = who.get(`/api/v1/approvals/${pending.approvalId}?wait=20`)
    expect((await who.get(`/api/v1/approvals/${pending.approvalId}`)).status).toBe(200)
    await end()

    expect((await promptly(polling)).status).toBe(401)
  })

  test("a member who leaves finds the approval gone within a second", async () => {
    const { caller: who, personId } = await makePerson(world, { role: "reviewer" })
    const polling = who.get(`/api/v1/approvals/${pending.approvalId}?wait=20`)
    expect((await who.get(`/api/v1/approvals/${pending.approvalId}`)).status).toBe(200)
    await world.su.query("UPDATE membership SET ended_at = clock_timestamp() WHERE person_id = $1", [
      personId,
    ])

    expect((await promptly(polling)).status).toBe(404)
  })

  test("a decision whose notice was lost is found within a second", async () => {
    const lost = await pendingWrite(world.ours.key)
    const polling = world.ours.key.get(`/api/v1/approvals/${lost.approvalId}?wait=20`)
    expect((await world.ours.key.get(`/api/v1/approvals/${lost.approvalId}`)).body.status).toBe("pending")
    await world.su.query("UPDATE approval SET status = 'cancelled', version = 1 WHERE approval_id = $1", [
      lost.approvalId,
    ])

    expect((await promptly(polling)).body.status).toBe("cancelled")
  })

  test("a revoked session's event stream ends within a second", async () => {
    const { caller: who, sessionId } = await makePerson(world, { role: "reviewer" })
    const stream = await openStream(who)
    expect(await stream.next()).toContain("event: ready")
    await world.su.query("UPDATE session SET revoked_at = clock_timestamp() WHERE session_id = $1", [
      sessionId,
    ])

    expect(await promptly(stream.next())).toBeNull()
  })

  test("a page that is only left open does not keep its session alive", async () => {
    const { caller: who, sessionId } = await makePerson(world, { role: "reviewer" })
    const stream = await openStream(who)
    await stream.next()
    const left =
      "UPDATE session SET idle_expires_at = clock_timestamp() + interval '1 hour' WHERE session_id = $1"
    await world.su.query(left, [sessionId])
    await pendingWrite(world.ours.key)
    await stream.nextChange()
    const { rows } = await world.su.query(
      "SELECT idle_expires_at < clock_timestamp() + interval '2 hours' AS left FROM session WHERE session_id = $1",
      [sessionId],
    )
    expect(rows).toEqual([{ left: true }])
    await stream.close()
  })

  test("a stream tells of one's own clients only, and ids only", async () => {
    const ourStream = await openStream((await makePerson(world, { role: "reviewer" })).caller)
    const stranger = await makePerson(world, {
      role: "reviewer",
      tenantId: world.demo.tenants[1]?.tenantId ?? "",
    })
    const theirStream = await openStream(stranger.caller)
    await Promise.all([ourStream.next(), theirStream.next()])

    const ours = await pendingWrite(world.ours.key)
    const theirs = await pendingWrite(world.key(1))
    const told = { approvalId: ours.approvalId, tenantId: world.ours.tenantId, runId: ours.runId }
    expect(await ourStream.nextChange()).toEqual(told)
    expect(await theirStream.nextChange()).toMatchObject({ approvalId: theirs.approvalId })
    await Promise.all([ourStream.close(), theirStream.close()])
  })

  test("a stream is told that something may have been missed when its node listens again", async () => {
    const stream = await openStream((await makePerson(world, { role: "reviewer" })).caller)
    await stream.next()
    await world.su.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND query LIKE 'LISTEN deltaseal_change%'`,
    )

    expect(await stream.nextChange()).toEqual({})
    await stream.close()
  })

  test("a hundred long polls at once neither starve the server nor outlive the decision", async () => {
    const flooded = await pendingWrite(world.ours.key)
    const path = `/api/v1/approvals/${flooded.approvalId}?wait=25`
    const polls = Promise.all(Array.from({ length: 100 }, () => world.ours.key.get(path)))
    expect((await world.ours.key.get("/api/v1/approvals")).status).toBe(200)
    const voted = await approve(await world.as("reviewer"), flooded)
    expect(voted.status, voted.text).toBe(200)

    const replies = await polls
    expect(new Set(replies.map(({ body }) => body.status))).toEqual(new Set(["approved"]))
  })

  test.each(["-1", "61", "1e9", "NaN", "0x10", "5;DROP", ""])(
    "a wait of %j is refused or none at all",
    async (wait) => {
      const reply = await promptly(
        world.ours.key.get(
          `/api/v1/approvals/${pending.approvalId}?wait=${encodeURIComponent(wait)}&version=99`,
        ),
      )
      expect([200, 422]).toContain(reply.status)
    },
  )
})

async function openStream({ headers }: Caller) {
  const controller = new AbortController()
  const response = await fetch(`${world.url}/api/v1/stream`, { headers, signal: controller.signal })
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
  const next = async (): Promise<string | null> => {
    const { done, value } = await reader.read()
    return done ? null : Buffer.from(value).toString("utf8")
  }

  return {
    next,
    nextChange: async (): Promise<unknown> => {
      const text = (await next()) ?? ""
      return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? "null")
    },
    close: async () => {
      controller.abort()
      await reader.cancel().catch(() => undefined)
    },
  }
}
