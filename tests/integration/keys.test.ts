import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newId } from "@/lib/operations/new-id"
import type { Caller, Reply } from "../support/api"
import { openRun, pendingWrite } from "../support/calls"
import { holdLock, someoneWaits } from "../support/locks"
import { keyCaller, makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let admin: Caller
let adminId: string
let keys: string

beforeAll(async () => {
  world = await startWorld()
  const person = await makePerson(world, { role: "admin" })
  admin = person.caller
  adminId = person.personId
  keys = `/api/v1/tenants/${world.ours.tenantId}/keys`
})

afterAll(() => world.close())

const settings = {
  name: "Nightly content",
  environments: ["dev", "prod"],
  scopes: ["request", "poll"],
} as const

async function make(changes: object = {}): Promise<Readonly<{ keyId: string; apiKey: string; who: Caller }>> {
  const { status, body, text } = await admin.post(keys, { ...settings, ...changes })
  if (status !== 201) throw new Error(text)

  return { keyId: body.key.keyId, apiKey: body.apiKey, who: keyCaller(world.url, body.apiKey) }
}

const uses = async (who: Caller) => (await who.get("/api/v1/approvals")).status

describe("a new key", () => {
  test("has what was asked for, works at once, and ends after 90 days unless told otherwise", async () => {
    const { status, body } = await admin.post(keys, settings)
    expect(status).toBe(201)
    expect(body.apiKey).toMatch(/^dsl_live_[0-9A-Za-z]{20}_[0-9A-Za-z]{49}$/)
    expect(body.key).toMatchObject({
      ...settings,
      prefix: body.apiKey.slice(0, 15),
      mode: "live",
      addresses: [],
      owner: { personId: adminId },
      createdBy: { personId: adminId },
      revokedAt: null,
      rotatedFrom: null,
      status: "live",
    })
    const days = (Date.parse(body.key.expiresAt) - Date.now()) / 86_400_000
    expect(Math.round(days)).toBe(90)
    expect(await uses(keyCaller(world.url, body.apiKey))).toBe(200)
  })

  test("is recorded without its secret, and its name only as a commitment", async () => {
    const { value, leaves } = await newLeaves(world, () => make({ name: "A name for nobody" }))
    expect(leaves.map(({ body }) => [body.type, body.subject.id, body.actor.id])).toEqual([
      ["key.created", value.keyId, adminId],
    ])
    expect(leaves[0]?.body.fields).toMatchObject({
      ownerId: adminId,
      environments: "dev prod",
      scopes: "request poll",
      name: { commit: expect.stringMatching(/^[0-9a-f]{64}$/) },
    })
    const bytes = leaves[0]?.bytes.toString("utf8") ?? ""
    expect(bytes).not.toContain("A name for nobody")
    expect(bytes + world.logs()).not.toContain(value.apiKey.slice(30))
  })

  test("is never shown again: no list, read or change holds its secret", async () => {
    const { keyId, apiKey } = await make()
    const answers = [
      await admin.get(keys),
      await admin.get(`${keys}/${keyId}`),
      await admin.patch(`${keys}/${keyId}`, { name: "Renamed" }),
      await admin.delete(`${keys}/${keyId}`),
    ]
    for (const { status, text } of answers) {
      expect(status).toBe(200)
      expect(text).not.toContain(apiKey.slice(15))
    }
  })

  test.each<[string, object, string, string?]>([
    ["no environment", { environments: [] }, "invalid_request", "/environments"],
    ["one environment twice", { environments: ["dev", "dev"] }, "invalid_request", "/environments"],
    ["an unknown scope", { scopes: ["vote"] }, "invalid_request", "/scopes/0"],
    ["more than a year", { expiresInDays: 366 }, "invalid_request", "/expiresInDays"],
    ["a name of spaces", { name: "  " }, "invalid_request", "/name"],
    ["a name that hides text", { name: "a\u202eb" }, "invalid_request", "/name"],
    ["an address that is none", { addresses: ["localhost"] }, "invalid_request", "/addresses/0"],
    ["a range with host bits", { addresses: ["203.0.113.7/24"] }, "invalid_request", "/addresses/0"],
    ["IPv4 written as IPv6", { addresses: ["::ffff:10.0.0.1"] }, "invalid_request", "/addresses/0"],
    ["an owner from nowhere", { ownerId: "per_0" }, "unknown_owner", "/ownerId"],
    ["a member nobody knows", { secret: "x" }, "invalid_request", "/"],
  ])("is refused with %s", async (_, changes, code, path) => {
    const { status, body } = await admin.post(keys, { ...settings, ...changes })
    expect([status, body.code]).toEqual([422, code])
    expect(body.reasons.map((reason: { path: string }) => reason.path)).toContain(path)
  })

  test("cannot be owned by a member of another client only", async () => {
    const elsewhere = world.demo.tenants[1]?.tenantId ?? ""
    const { personId } = await makePerson(world, { role: "admin", tenantId: elsewhere })
    expect((await admin.post(keys, { ...settings, ownerId: personId })).body.code).toBe("unknown_owner")
  })

  test("keeps its owner and its maker from deciding what it asks for", async () => {
    const owner = await makePerson(world, { role: "reviewer" })
    const { who } = await make({ ownerId: owner.personId, scopes: ["request", "poll"] })
    const { approvalId, changeHash } = await pendingWrite(who)
    for (const person of [owner.caller, admin]) {
      const path = `/api/v1/approvals/${approvalId}/votes`
      const { body } = await person.post(path, { decision: "approve", changeHash })
      expect(body.code).toBe("separation_of_duties")
    }
  })

  test("works from its addresses and from nowhere else", async () => {
    const here = await make({ addresses: ["127.0.0.0/8", "2001:db8::/32"] })
    const away = await make({ addresses: ["203.0.113.0/24"] })
    expect([await uses(here.who), await uses(away.who)]).toEqual([200, 401])

    await admin.patch(`${keys}/${here.keyId}`, { addresses: ["198.51.100.7"] })
    expect(await uses(here.who)).toBe(401)
  })
})

describe("rotating", () => {
  test("makes the same key with another secret; the old one goes on for the overlap", async () => {
    const first = await make({ addresses: ["127.0.0.0/8"], mode: "test" })
    const { value, leaves } = await newLeaves(world, () =>
      admin.post(`${keys}/${first.keyId}/rotate`, { overlapHours: 2 }),
    )
    expect(value.status).toBe(201)
    expect(value.body.key).toMatchObject({
      ...settings,
      mode: "test",
      addresses: ["127.0.0.0/8"],
      rotatedFrom: first.keyId,
      status: "live",
    })
    const old = (await admin.get(`${keys}/${first.keyId}`)).body
    expect(old.status).toBe("expiring")
    expect(Math.round((Date.parse(old.expiresAt) - Date.now()) / 3_600_000)).toBe(2)
    expect(await uses(first.who)).toBe(200)
    expect(await uses(keyCaller(world.url, value.body.apiKey))).toBe(200)
    expect(
      leaves.map(({ body }) => [body.type, body.fields["familyId"], body.fields["rotatedFromId"]]),
    ).toEqual([["key.rotated", first.keyId, first.keyId]])
  })

  test("without an overlap ends the old key at once", async () => {
    const first = await make()
    await admin.post(`${keys}/${first.keyId}/rotate`, { overlapHours: 0 })
    expect(await uses(first.who)).toBe(401)
    expect((await admin.get(`${keys}/${first.keyId}`)).body.status).toBe("expired")
  })

  test("goes on in one line: the family is the first key, and two live ones are the most", async () => {
    const first = await make()
    const second = (await admin.post(`${keys}/${first.keyId}/rotate`, {})).body.key
    for (const keyId of [first.keyId, second.keyId]) {
      const { status, body } = await admin.post(`${keys}/${keyId}/rotate`, {})
      expect([status, body.code]).toEqual([409, "rotation_under_way"])
    }
    await admin.delete(`${keys}/${first.keyId}`)
    const third = (await admin.post(`${keys}/${second.keyId}/rotate`, {})).body.key
    const { rows } = await world.su.query(
      "SELECT key_id, family_id, rotated_from_id FROM api_key WHERE family_id = $1 ORDER BY created_at",
      [first.keyId],
    )
    expect(rows).toEqual([
      { key_id: second.keyId, family_id: first.keyId, rotated_from_id: first.keyId },
      { key_id: third.keyId, family_id: first.keyId, rotated_from_id: second.keyId },
    ])
  })

  test("twice at the same moment makes one successor", async () => {
    const { keyId } = await make()
    const lock = await holdLock(world, "SELECT 1 FROM api_key WHERE key_id = $1 FOR UPDATE", [keyId])
    const answers = [1, 2].map(() => admin.post(`${keys}/${keyId}/rotate`, {}))
    await someoneWaits(world, 2)
    await lock.release()
    const codes = (await Promise.all(answers)).map(({ status, body }) =>
      status === 201 ? "made" : body.code,
    )
    expect(codes.sort()).toEqual(["made", "rotation_under_way"])
  })

  test("of a key whose owner has left is refused: nobody would answer for it", async () => {
    const owner = await makePerson(world, { role: "reviewer" })
    const { keyId } = await make({ ownerId: owner.personId })
    await world.su.query("UPDATE membership SET ended_at = clock_timestamp() WHERE person_id = $1", [
      owner.personId,
    ])
    expect((await admin.post(`${keys}/${keyId}/rotate`, {})).body.code).toBe("unknown_owner")
  })
})

describe("revoking", () => {
  test("ends the key at once, with one leaf", async () => {
    const { keyId, who } = await make()
    const { value, leaves } = await newLeaves(world, () => admin.delete(`${keys}/${keyId}`))
    expect(value.body.status).toBe("revoked")
    expect(await uses(who)).toBe(401)
    expect(leaves.map(({ body }) => [body.type, body.subject.id])).toEqual([["key.revoked", keyId]])
  })

  test("ends its open long polls within a second", async () => {
    const { keyId, who } = await make()
    const { approvalId } = await pendingWrite(who)
    const polls = [1, 2, 3].map(() => who.get(`/api/v1/approvals/${approvalId}?wait=20`))
    // One that is surely under way: it answers only because something ended it.
    await openRun(who)
    const revokedAt = Date.now()
    await admin.delete(`${keys}/${keyId}`)
    for (const reply of await Promise.all(polls)) expect(reply.status).toBe(401)
    expect(Date.now() - revokedAt).toBeLessThan(1_500)
  })

  test.each<[string, (path: string) => Promise<Reply>]>([
    ["revoked again", (path) => admin.delete(path)],
    ["renamed", (path) => admin.patch(path, { name: "Again" })],
    ["rotated", (path) => admin.post(`${path}/rotate`, {})],
  ])("is final: it cannot be %s", async (_, again) => {
    const { keyId } = await make()
    await admin.delete(`${keys}/${keyId}`)
    const { value, leaves } = await newLeaves(world, () => again(`${keys}/${keyId}`))
    expect([value.status, value.body.code]).toEqual([409, "key_ended"])
    expect(leaves).toEqual([])
  })
})

describe("who may", () => {
  test.each([
    ["owner", 200, 201],
    ["admin", 200, 201],
    ["auditor", 200, 403],
    ["reviewer", 403, 403],
  ] as const)("%s: read %i, make %i", async (role, reads, makes) => {
    const { caller: person } = await makePerson(world, { role })
    expect((await person.get(keys)).status).toBe(reads)
    const made = await person.post(keys, settings)
    expect(made.status).toBe(makes)
    if (made.status !== 201) expect(made.body.code).toBe("forbidden")
  })

  test("no key can reach keys, whatever its scopes", async () => {
    const { keyId } = await make()
    for (const reply of [
      await world.ours.key.get(keys),
      await world.ours.key.post(keys, settings),
      await world.ours.key.delete(`${keys}/${keyId}`),
    ])
      expect([reply.status, reply.body.code]).toEqual([401, "unauthenticated"])
  })

  test("a refusal of a member is recorded in the tenant that it was about", async () => {
    const reviewer = await makePerson(world, { role: "reviewer" })
    const { leaves } = await newLeaves(world, () => reviewer.caller.post(keys, settings))
    expect(leaves.map(({ body }) => [body.type, body.actor.id, body.fields["code"]])).toEqual([
      ["request.refused", reviewer.personId, "forbidden"],
    ])
  })

  test("a key of another client is not there, byte for byte", async () => {
    const { body } = await admin.get(`/api/v1/tenants/${world.demo.tenants[1]?.tenantId ?? ""}/keys`)
    const foreign = body.items[0].keyId
    const fixed = { "x-request-id": "the-same" }
    const bytes = async (keyId: string) => {
      const { status, text } = await admin.delete(`${keys}/${keyId}`, undefined, fixed)
      return [status, text]
    }
    expect(await bytes(foreign)).toEqual(await bytes(newId("key")))
  })
})

test("a long list comes in pages, each key once, newest first", async () => {
  for (let made = 0; made < 45; made += 1) await make({ name: `Key ${made}` })
  const first = (await admin.get(keys)).body
  expect(first.items).toHaveLength(50)
  const second = (await admin.get(`${keys}?cursor=${first.nextCursor}`)).body
  const ids = [...first.items, ...second.items].map(({ keyId }: { keyId: string }) => keyId)
  expect(ids).toEqual([...new Set(ids)].sort().reverse())
  expect(second.nextCursor).toBeNull()
})
