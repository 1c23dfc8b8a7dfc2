import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { csrfTokenOf } from "@/lib/auth/csrf"
import { caller, type Caller } from "../support/api"
import { pendingWrite, type Pending } from "../support/calls"
import { countRows, makePerson, startWorld, type MadePerson, type World } from "../support/world"

let world: World
let person: MadePerson
let pending: Pending

beforeAll(async () => {
  world = await startWorld()
  person = await makePerson(world, { role: "admin" })
  pending = await pendingWrite(world.ours.key)
})

afterAll(() => world.close())

const aKey = { name: "k", environments: ["dev"], scopes: ["poll"] }

/** Every call that a browser's cookie alone could make for somebody. */
const writes: readonly (readonly [string, (who: Caller) => Promise<{ status: number; body: any }>])[] = [
  [
    "a vote",
    (who) =>
      who.post(`/api/v1/approvals/${pending.approvalId}/votes`, {
        decision: "approve",
        changeHash: pending.changeHash,
      }),
  ],
  ["a cancel", (who) => who.post(`/api/v1/approvals/${pending.approvalId}/cancel`, {})],
  ["a new key", (who) => who.post(`/api/v1/tenants/${world.ours.tenantId}/keys`, aKey)],
  [
    "a tool's acceptance",
    (who) =>
      who.post(`/api/v1/tenants/${world.ours.tenantId}/tools/workspace/write_file/1.4.0/accept`, {
        definitionHash: "0".repeat(64),
        tier: "T0_READ",
      }),
  ],
  ["a close", (who) => who.post(`/api/v1/runs/${pending.runId}/close`, {})],
]

function without(name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(person.caller.headers).filter(([header]) => header !== name))
}

describe("from a page that is not ours, nothing is decided:", () => {
  test.each<[string, () => Promise<Record<string, string>> | Record<string, string>]>([
    ["no Origin", () => without("origin")],
    ["a foreign Origin", () => ({ ...person.caller.headers, origin: "https://evil.example" })],
    ["the Origin null", () => ({ ...person.caller.headers, origin: "null" })],
    [
      "our host over another scheme",
      () => ({ ...person.caller.headers, origin: world.url.replace("http:", "https:") }),
    ],
    ["our host on another port", () => ({ ...person.caller.headers, origin: "http://127.0.0.1:1" })],
    [
      "an Origin that begins like ours",
      () => ({ ...person.caller.headers, origin: `${world.url}.evil.example` }),
    ],
    ["an Origin with a path", () => ({ ...person.caller.headers, origin: `${world.url}/` })],
    ["two Origins", () => ({ ...person.caller.headers, origin: `${world.url}, ${world.url}` })],
    ["Sec-Fetch-Site cross-site", () => ({ ...person.caller.headers, "sec-fetch-site": "cross-site" })],
    ["Sec-Fetch-Site same-site", () => ({ ...person.caller.headers, "sec-fetch-site": "same-site" })],
    ["Sec-Fetch-Site none", () => ({ ...person.caller.headers, "sec-fetch-site": "none" })],
    ["no token", () => without("x-csrf-token")],
    ["an empty token", () => ({ ...person.caller.headers, "x-csrf-token": "" })],
    [
      "a cut token",
      () => ({ ...person.caller.headers, "x-csrf-token": csrfTokenOf(person.sessionId).slice(0, -1) }),
    ],
    [
      "another session's token",
      async () => ({
        ...person.caller.headers,
        "x-csrf-token": csrfTokenOf((await makePerson(world, { role: "admin" })).sessionId),
      }),
    ],
  ])("%s is csrf_failed", async (_, headers) => {
    const before = await countRows(world, world.ours.tenantId)
    const page = caller(world.url, await headers())
    for (const [what, write] of writes) {
      const reply = await write(page)
      expect([what, reply.status, reply.body.code]).toEqual([what, 403, "csrf_failed"])
    }

    const {
      audit_leaf: _leaves,
      audit_opening: _fields,
      ...rows
    } = await countRows(world, world.ours.tenantId)
    expect(before).toMatchObject(rows)
    expect((await world.ours.key.get(`/api/v1/approvals/${pending.approvalId}`)).body).toMatchObject({
      status: "pending",
      votes: [],
      run: { status: "open" },
    })
  })

  test("a form's content type is not read, token or not", async () => {
    const reply = await person.caller.post(
      `/api/v1/approvals/${pending.approvalId}/votes`,
      `decision=approve&changeHash=${pending.changeHash}`,
      { "content-type": "application/x-www-form-urlencoded" },
    )
    expect(reply).toMatchObject({ status: 415, body: { code: "unsupported_media_type" } })
  })

  test("a GET never decides", async () => {
    for (const path of ["votes", "cancel", "consume"]) {
      const target = `/api/v1/approvals/${pending.approvalId}/${path}?decision=approve&changeHash=${pending.changeHash}`
      expect([404, 405]).toContain((await person.caller.get(target)).status)
    }
    expect((await world.ours.key.get(`/api/v1/approvals/${pending.approvalId}`)).body.votes).toEqual([])
  })
})

test("from our own page, with or without Sec-Fetch-Site, people decide", async () => {
  const old = caller(world.url, without("sec-fetch-site"))
  const { approvalId, changeHash } = await pendingWrite(world.ours.key)
  const voted = await old.post(`/api/v1/approvals/${approvalId}/votes`, { decision: "approve", changeHash })
  expect(voted.status).toBe(200)
  const { body } = await person.caller.get("/api/v1/session")
  expect(body.csrfToken).toBe(csrfTokenOf(person.sessionId))
})
