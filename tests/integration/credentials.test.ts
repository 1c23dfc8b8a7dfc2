import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { printKey, parseKey } from "@/lib/keys/api-key"
import { newPrintedKey } from "@/lib/keys/credential"
import { caller, callerOfSession, type Caller, type Reply } from "../support/api"
import { approve, aWrite, pendingWrite, type Pending } from "../support/calls"
import { makeKey, makePerson, startWorld, type MadeKey, type MadePerson, type World } from "../support/world"

let world: World
let pending: Pending

beforeAll(async () => {
  world = await startWorld()
  pending = await pendingWrite(world.ours.key)
})

afterAll(() => world.close())

const bearer = (text: string): Caller => caller(world.url, { authorization: `Bearer ${text}` })

/** One operation of each kind that asks for a key in its own way. */
const keyCalls: readonly (readonly [string, (who: Caller) => Promise<Reply>])[] = [
  [
    "opens a run",
    (who) => who.post("/api/v1/runs", { environment: "prod", workflow: "w", actor: { agent: "a" } }),
  ],
  ["reads a run", (who) => who.get(`/api/v1/runs/${pending.runId}`)],
  ["asks", (who) => who.post("/api/v1/tool-calls", aWrite(pending.runId))],
  ["lists approvals", (who) => who.get("/api/v1/approvals")],
  ["reads an approval", (who) => who.get(`/api/v1/approvals/${pending.approvalId}`)],
  ["waits for an approval", (who) => who.get(`/api/v1/approvals/${pending.approvalId}?wait=5`)],
  ["spends", (who) => who.post(`/api/v1/approvals/${pending.approvalId}/consume`, spendBody())],
  ["cancels", (who) => who.post(`/api/v1/approvals/${pending.approvalId}/cancel`, {})],
  ["closes a run", (who) => who.post(`/api/v1/runs/${pending.runId}/close`, {})],
  ["asks for a run token", (who) => who.post(`/api/v1/runs/${pending.runId}/token`, {})],
  ["sends what does not fit", (who) => who.post("/api/v1/tool-calls", { not: "a call" })],
]

const spendBody = () => ({
  runId: pending.runId,
  changeHash: pending.changeHash,
  nonce: "0".repeat(64),
  observed: [],
})

async function endKey(sql: string): Promise<Caller> {
  const made = await makeKey(world)
  await world.su.query(`UPDATE api_key SET ${sql} WHERE key_id = $1`, [made.keyId])

  return made.caller
}

describe("a key that", () => {
  test.each<[string, () => Promise<Caller>]>([
    ["is missing", () => Promise.resolve(caller(world.url, {}))],
    ["is empty", () => Promise.resolve(bearer(""))],
    ["is no key", () => Promise.resolve(bearer("hello"))],
    ["nobody issued", () => Promise.resolve(bearer(printKey(newPrintedKey("live"))))],
    ["has another's secret", async () => bearer(mixed(await makeKey(world), await makeKey(world)))],
    ["says test where it was live", async () => bearer(relabelled(await makeKey(world)))],
    ["has a letter too many", async () => bearer(`${(await makeKey(world)).text}x`)],
    [
      "is sent as Basic",
      async () => caller(world.url, { authorization: `Basic ${(await makeKey(world)).text}` }),
    ],
    [
      "is sent twice",
      async () => bearer(`${(await makeKey(world)).text}, Bearer ${(await makeKey(world)).text}`),
    ],
    ["is revoked", () => endKey("revoked_at = clock_timestamp()")],
    ["has expired", () => endKey("expires_at = clock_timestamp()")],
    ["comes from another address", () => endKey("addresses = '{10.0.0.0/8,2001:db8::/32}'")],
    [
      "belongs to a suspended client",
      async () => {
        const made = await makeKey(world, { tenantId: world.theirs.tenantId, ownerId: world.theirs.ownerId })
        await world.su.query("UPDATE tenant SET status = 'suspended' WHERE tenant_id = $1", [
          world.theirs.tenantId,
        ])
        return made.caller
      },
    ],
  ])("%s is told the same for everything it asks", async (_, make) => {
    const who = await make()
    const one = caller(world.url, { ...who.headers, "x-request-id": "the-same-id" })
    const nobody = caller(world.url, { "x-request-id": "the-same-id" })
    const expected = await nobody.get("/api/v1/approvals")

    for (const [what, ask] of keyCalls) {
      const reply = await ask(one)
      expect([what, reply.status, reply.text]).toEqual([what, 401, expected.text])
      expect(reply.headers.get("www-authenticate")).toBe('Bearer realm="deltaseal"')
    }
  })

  test("comes from an address that is allowed passes", async () => {
    const made = await makeKey(world, { addresses: ["10.0.0.0/8", "127.0.0.0/8", "::1/128"] })
    expect((await made.caller.get("/api/v1/approvals")).status).toBe(200)
  })

  test("spells Bearer in small letters passes", async () => {
    const { text } = await makeKey(world)
    expect(
      (await caller(world.url, { authorization: `bearer ${text}` }).get("/api/v1/approvals")).status,
    ).toBe(200)
  })

  test.each([
    ["request", ["lists approvals", "reads an approval", "waits for an approval", "spends"]],
    ["poll", ["opens a run", "asks", "spends", "cancels", "closes a run"]],
    [
      "execute",
      [
        "opens a run",
        "reads a run",
        "asks",
        "lists approvals",
        "reads an approval",
        "cancels",
        "closes a run",
      ],
    ],
    [
      "audit:read",
      ["opens a run", "reads a run", "asks", "lists approvals", "reads an approval", "spends", "cancels"],
    ],
  ] as const)("has only the scope %s is refused the rest", async (scope, refused) => {
    const { caller: who } = await makeKey(world, { scopes: [scope] })
    for (const [what, ask] of keyCalls.filter(([name]) => (refused as readonly string[]).includes(name))) {
      const reply = await ask(who)
      expect([what, reply.status, reply.body.code]).toEqual([what, 403, "scope_missing"])
    }
  })

  test("is sent beside a session is what counts: a person's cookie lends it nothing", async () => {
    const { headers } = await world.as("owner")
    const both = caller(world.url, { ...headers, authorization: "Bearer hello" })
    expect((await both.get("/api/v1/approvals")).status).toBe(401)
    expect((await both.post(`/api/v1/approvals/${pending.approvalId}/cancel`, {})).status).toBe(401)
  })
})

function mixed(id: MadeKey, secret: MadeKey): string {
  const [a, b] = [parseKey(id.text), parseKey(secret.text)]
  if (a === null || b === null) throw new Error("no keys")

  return printKey({ ...a, secret: b.secret })
}

function relabelled({ text }: MadeKey): string {
  const key = parseKey(text)
  if (key === null) throw new Error("no key")

  return printKey({ ...key, mode: "test" })
}

describe("a session that", () => {
  const update = async (person: MadePerson, sql: string) => {
    await world.su.query(sql, [person.sessionId])
    return person.caller
  }
  const where = "WHERE session_id = $1"

  test.each<[string, (person: MadePerson) => Promise<Caller>]>([
    ["is revoked", (person) => update(person, `UPDATE session SET revoked_at = clock_timestamp() ${where}`)],
    [
      "has been idle too long",
      (person) => update(person, `UPDATE session SET idle_expires_at = clock_timestamp() ${where}`),
    ],
    ["is too old", (person) => update(person, `UPDATE session SET expires_at = clock_timestamp() ${where}`)],
    [
      "is of a person who was disabled",
      (person) =>
        update(
          person,
          `UPDATE person SET disabled_at = clock_timestamp() WHERE person_id = (SELECT person_id FROM session ${where})`,
        ),
    ],
    ["never was", () => callerOfSession(world.url, "ses_01J00000000000000000000000")],
    ["has an id of another kind", (person) => callerOfSession(world.url, person.personId)],
    ["has a NUL in its id", () => callerOfSession(world.url, "ses_\u0000")],
    [
      "was not sealed by us",
      (person) =>
        Promise.resolve(
          caller(world.url, { ...person.caller.headers, cookie: "next-auth.session-token=x.y.z" }),
        ),
    ],
    [
      "comes as a bearer token",
      (person) => {
        const cookie = person.caller.headers["cookie"] ?? ""
        return Promise.resolve(bearer(cookie.slice(cookie.indexOf("=") + 1)))
      },
    ],
  ])("%s is nobody's", async (_, end) => {
    const who = await end(await makePerson(world, { role: "admin" }))
    for (const path of [
      "/api/v1/session",
      "/api/v1/approvals",
      "/api/v1/stream",
      `/api/v1/approvals/${pending.approvalId}`,
    ]) {
      expect([path, (await who.get(path)).status]).toEqual([path, 401])
    }
    expect((await approve(who, pending)).status).toBe(401)
    expect((await who.post(`/api/v1/runs/${pending.runId}/close`, {})).status).toBe(401)
  })

  test("is of a member who left sees nothing more of the agency", async () => {
    const person = await makePerson(world, { role: "admin" })
    await world.su.query("UPDATE membership SET ended_at = clock_timestamp() WHERE person_id = $1", [
      person.personId,
    ])

    expect((await person.caller.get("/api/v1/session")).body).toMatchObject({ roles: [], tenants: [] })
    expect((await person.caller.get(`/api/v1/approvals/${pending.approvalId}`)).status).toBe(404)
    expect((await approve(person.caller, pending)).status).toBe(404)
  })
})
