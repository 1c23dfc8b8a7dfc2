import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { isWaitingForSetup, newSetupLink } from "@/lib/members/setup.service"
import { principalOfSession } from "@/lib/members/sessions.service"
import { signIn } from "@/lib/members/sign-in.service"
import { caller, startApi, startEmptyApi, visitor, type Reply, type TestApi } from "../support/api"

let api: TestApi

beforeEach(async () => {
  api = await startEmptyApi()
})

afterEach(() => api.close())

const password = "correct horse battery"

function founding(token: string, email = "ada@agency.example") {
  return { token, agencyName: "Agency", clientName: "First Client", name: "Ada Byron", email, password }
}

async function newToken(): Promise<string> {
  const link = await newSetupLink()
  return link?.url.split("/").at(-1) ?? ""
}

async function setUp(token: string, changes: object = {}): Promise<Reply> {
  return visitor(api.url).post("/api/v1/setup", { ...founding(token), ...changes })
}

async function count(table: string): Promise<number> {
  const { rows } = await api.app.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`)
  return rows[0]?.count ?? 0
}

async function leaves(tenantId: string): Promise<any[]> {
  const client = await api.app.connect()
  try {
    await client.query("BEGIN")
    await client.query("SELECT set_config('app.tenant', $1, true)", [tenantId])
    const { rows } = await client.query<{ leaf: Buffer }>("SELECT leaf FROM audit_leaf ORDER BY sequence")
    return rows.map(({ leaf }) => JSON.parse(leaf.toString("utf8")))
  } finally {
    await client.query("ROLLBACK")
    client.release()
  }
}

test("a setup link founds agency, first client and first owner, with leaves in the client's log", async () => {
  expect(await isWaitingForSetup()).toBe(true)
  const { status, body } = await setUp(await newToken())
  expect(status).toBe(201)
  expect(await isWaitingForSetup()).toBe(false)

  const { sessionId } = await signIn({ email: "ADA@agency.example", password, address: "10.0.0.1" })
  expect(await principalOfSession(sessionId)).toMatchObject({
    name: "Ada Byron",
    agencies: [{ agencyId: body.agencyId, name: "Agency", roles: ["owner"] }],
    tenants: [{ tenantId: body.tenantId, name: "First Client", status: "active", roles: ["owner"] }],
  })
  expect(await leaves(body.tenantId)).toMatchObject([
    { type: "tenant.created", actor: { kind: "person", id: body.personId }, subject: { id: body.tenantId } },
    { type: "member.added", fields: { personId: body.personId, role: "owner", place: "agency" } },
  ])
})

test("when its leaves cannot be written nothing is founded, and the link still works", async () => {
  const token = await newToken()
  await api.owner.query("REVOKE INSERT ON audit_leaf FROM deltaseal_app")
  expect((await setUp(token)).status).toBeGreaterThanOrEqual(500)
  const tables = ["agency", "tenant", "person", "membership", "installation"]
  for (const table of tables) expect([table, await count(table)]).toEqual([table, 0])

  await api.owner.query("GRANT INSERT ON audit_leaf TO deltaseal_app")
  expect((await setUp(token)).status).toBe(201)
})

test("of ten setups at once, by one link or by ten, one founds", async () => {
  const one = await newToken()
  const tokens = [one, one, one, ...(await Promise.all(Array.from({ length: 7 }, () => newToken())))]
  const replies = await Promise.all(
    tokens.map((token, at) => setUp(token, { email: `p${at}@agency.example` })),
  )

  expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
  for (const { status, body } of replies) {
    expect([201, 409, 410]).toContain(status)
    if (status !== 201) expect(["already_set_up", "link_expired"]).toContain(body.code)
  }
  expect([await count("agency"), await count("person"), await count("membership")]).toEqual([1, 1, 1])
})

test("a link works once, and nobody gets another after setup", async () => {
  const [first, second] = [await newToken(), await newToken()]
  expect((await setUp(first)).status).toBe(201)

  expect(await newSetupLink()).toBeNull()
  expect(await setUp(first)).toMatchObject({ status: 410, body: { code: "link_expired" } })
  expect(await setUp(second)).toMatchObject({ status: 409, body: { code: "already_set_up" } })
})

test("a link of half an hour ago, a foreign one and a made-up one get the same answer", async () => {
  const token = await newToken()
  await api.owner.query("UPDATE setup_link SET expires_at = clock_timestamp() - interval '1 second'")
  const replies = [await setUp(token), await setUp("x".repeat(43)), await setUp("")]

  for (const { status, body } of replies) expect([status, body.code]).toEqual([410, "link_expired"])
  expect(new Set(replies.map(({ body }) => body.detail)).size).toBe(1)
  expect(await count("agency")).toBe(0)
})

test("the table of links holds digests only", async () => {
  const token = await newToken()
  const { rows } = await api.owner.query<{ line: string }>("SELECT l::text AS line FROM setup_link AS l")
  expect(rows).toHaveLength(1)
  expect(rows[0]?.line).not.toContain(Buffer.from(token, "base64url").toString("hex"))
  expect(rows[0]?.line).not.toContain(token)
})

describe("what does not fit is refused with its own code, and the link still works after", () => {
  test.each([
    ["a short password", { password: "elevenchars" }, 422, "password_refused"],
    ["a password of 1,025 bytes", { password: "é".repeat(512) + "x" }, 422, "password_refused"],
    ["the e-mail as password", { password: "Ada@Agency.Example" }, 422, "password_refused"],
    ["no e-mail address", { email: "ada" }, 422, "invalid_request"],
    ["a name with a hidden character", { clientName: "Cli\u202eent" }, 422, "invalid_request"],
    ["a name of spaces", { name: " " }, 422, "invalid_request"],
    ["an unknown member", { role: "owner" }, 422, "invalid_request"],
  ])("%s", async (_, changes, status, code) => {
    const token = await newToken()
    expect(await setUp(token, changes)).toMatchObject({ status, body: { code } })
    expect((await setUp(token)).status).toBe(201)
  })

  test("a password of 1,024 bytes is accepted and signs in", async () => {
    const long = "é".repeat(512)
    expect((await setUp(await newToken(), { password: long })).status).toBe(201)
    await signIn({ email: "ada@agency.example", password: long, address: "10.0.0.1" })
  })
})

test("from a page that is not ours, nothing is founded", async () => {
  const token = await newToken()
  const foreign: Record<string, string>[] = [
    {},
    { origin: "https://evil.example" },
    { origin: api.url, "sec-fetch-site": "cross-site" },
  ]
  for (const headers of foreign) {
    const reply = await caller(api.url, headers).post("/api/v1/setup", founding(token))
    expect(reply).toMatchObject({ status: 403, body: { code: "csrf_failed" } })
  }
  expect(await count("agency")).toBe(0)
})

test("an address that guesses at links has to wait, and honest mistakes do not count", async () => {
  const token = await newToken()
  for (let at = 0; at < 25; at += 1) {
    expect((await setUp(token, { password: "short" })).status).toBe(422)
  }
  for (let at = 0; at < 20; at += 1) expect((await setUp(`guess-${at}`)).status).toBe(410)

  const waiting = await setUp(token)
  expect(waiting).toMatchObject({ status: 429, body: { code: "too_many_attempts" } })
  expect(Number(waiting.headers.get("retry-after"))).toBeGreaterThan(0)
})

test("where the demo is, there is nothing to set up", async () => {
  const seeded = await startApi()
  expect(await newSetupLink()).toBeNull()
  await seeded.close()
})
