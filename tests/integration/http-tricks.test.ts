import { request } from "node:http"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { endpoints } from "@/lib/http/endpoints"
import { caller, type Caller } from "../support/api"
import { openRun, pendingWrite, type Pending } from "../support/calls"
import { consumedWrite } from "../support/deciding"
import { countRows, makeKey, makePerson, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let admin: Caller
let pending: Pending
let executionId: string

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  admin = (await makePerson(world, { role: "admin" })).caller
  pending = await pendingWrite(key)
  executionId = (await consumedWrite(key, await world.as("reviewer"))).executionId
})

afterAll(() => world.close())

type Raw = Readonly<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>

/** Sends a request as it stands: no client tidies up its path or headers. */
function raw(
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body = "",
): Promise<Raw> {
  const { hostname, port } = new URL(world.url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString("utf8"),
        }),
      )
    })
    sent.on("error", reject)
    sent.end(body)
  })
}

describe("a path means what it says:", () => {
  test.each([
    "//api/v1/session",
    "/api//v1/session",
    "/api/v1//session",
    "/api/v1/session/",
    "/api/v1/session;a=b",
    "/api/v1/session%20",
    "/api/v1/session%00",
    "/api/v1/session%2f",
    "/api/v1%2fsession",
    "/api/v1/%73ession%2e",
    "/API/V1/SESSION",
    "/api/v1/session.json",
    "/api/v1/approvals/../../v1/session/x",
    "/api/v1/",
    "/api/v1",
    "/",
  ])("%s is nothing", async (path) => {
    const { status } = await raw("GET", path, admin.headers)
    expect(status).toBe(404)
  })

  test.each([
    "/api/v1/runs/%2e%2e/session",
    "/api/v1/runs/../session",
    "/api/v1/./session",
    "/api/v1/%73ession",
    "/api/v1/session?a=/../x",
    "/api/v1/session#x",
  ])("%s asks who it is, however it is spelled", async (path) => {
    expect([401, 404]).toContain((await raw("GET", path)).status)
    expect([401, 404]).toContain((await raw("GET", path, key.headers)).status)
  })

  test("an encoded id is the id, and part of one is nothing", async () => {
    const id = pending.approvalId
    const encoded = id.replace("appr_", "%61ppr%5F")
    expect((await raw("GET", `/api/v1/approvals/${encoded}`, key.headers)).status).toBe(200)
    for (const other of [
      id.slice(0, -1),
      `${id}0`,
      id.toLowerCase(),
      `${id}%00`,
      `${id}%0a`,
      `%20${id}`,
      `${id}%2fvotes`,
      `${id}%`,
    ]) {
      expect([other, (await raw("GET", `/api/v1/approvals/${other}`, key.headers)).status]).toEqual([
        other,
        404,
      ])
    }
  })

  test.each(["__proto__", "constructor", "toString", "..%2f..", "internal%00", "nope"])(
    "there is no error page %s",
    async (code) => {
      expect((await raw("GET", `/api/docs/errors/${code}`)).status).toBe(404)
    },
  )
})

describe("a method means what it says:", () => {
  const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
  const offered = new Set(endpoints.map(({ spec }) => `${spec.method.toUpperCase()} ${spec.path}`))
  const others = [...new Set(endpoints.map(({ spec }) => spec.path))].flatMap((path) =>
    methods.filter((method) => !offered.has(`${method} ${path}`)).map((method) => [method, path] as const),
  )

  test.each(others)("%s %s is not offered, to anybody", async (method, path) => {
    const target = `/api/v1${path
      .replace(/\{runId\}/, pending.runId)
      .replace(/\{approvalId\}/, pending.approvalId)
      .replace(/\{executionId\}/, executionId)}`
    const before = await countRows(world, world.ours.tenantId)
    for (const headers of [key.headers, admin.headers, {}]) {
      const reply = await raw(
        method,
        target,
        // Node gives the body of some methods no length, and a body without one is a second request.
        {
          ...headers,
          "content-type": "application/json",
          ...(method !== "GET" && { "content-length": "2" }),
        },
        method === "GET" ? "" : "{}",
      )
      expect([404, 405]).toContain(reply.status)
    }
    expect(await countRows(world, world.ours.tenantId)).toEqual(before)
  })

  test("a header does not make a POST of a GET", async () => {
    const before = await countRows(world, world.ours.tenantId)
    for (const name of ["x-http-method-override", "x-method-override", "x-http-method"]) {
      const cancel = `/api/v1/approvals/${pending.approvalId}/cancel`
      expect([404, 405]).toContain((await raw("GET", cancel, { ...admin.headers, [name]: "POST" })).status)
      expect([404, 405]).toContain((await raw("GET", `${cancel}?_method=POST`, admin.headers)).status)
    }
    expect(await countRows(world, world.ours.tenantId)).toEqual(before)
  })

  test("HEAD says no more than GET, and not to strangers", async () => {
    const path = `/api/v1/approvals/${pending.approvalId}`
    expect(await raw("HEAD", path, key.headers)).toMatchObject({ status: 200, text: "" })
    expect(await raw("HEAD", path)).toMatchObject({ status: 401, text: "" })
  })
})

describe("a header means what it says:", () => {
  test("two keys are no key", async () => {
    const { authorization = "" } = key.headers
    const theirs = world.theirs.key.headers["authorization"] ?? ""
    const { status } = await raw("GET", "/api/v1/approvals", { authorization: `${theirs}, ${authorization}` })
    expect(status).toBe(401)
  })

  test.each([
    ["a space", "abc def ghi"],
    ["markup", "<script>alert(1)</script>"],
    ["a path", "../../../etc/passwd"],
    ["a letter beyond ASCII", "anfrage-ü-12345"],
    ["too much", "x".repeat(65)],
    ["too little", "x"],
    ["a quote", 'a"b"c"d"e"f'],
  ])("a request id with %s is not repeated", async (_, id) => {
    const reply = await raw("GET", "/api/v1/nothing", {
      "x-request-id": Buffer.from(id, "utf8").toString("latin1"),
    })
    expect(reply.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/)
    expect(JSON.parse(reply.text)).toMatchObject({ requestId: reply.headers["x-request-id"] })
  })

  test("a request id that is plain comes back, in the header and in the problem", async () => {
    const reply = await raw("GET", "/api/v1/nothing", { "x-request-id": "my-request_1" })
    expect(reply.headers["x-request-id"]).toBe("my-request_1")
    expect(JSON.parse(reply.text)).toMatchObject({ requestId: "my-request_1" })
  })

  test("no client says where it comes from", async () => {
    const { text } = await makeKey(world, { addresses: ["10.0.0.0/8"] })
    for (const name of [
      "x-forwarded-for",
      "forwarded",
      "x-real-ip",
      "cf-connecting-ip",
      "x-deltaseal-client-address",
    ]) {
      const who = caller(world.url, {
        authorization: `Bearer ${text}`,
        [name]: name === "forwarded" ? "for=10.0.0.1" : "10.0.0.1",
      })
      expect([name, (await who.get("/api/v1/approvals")).status]).toEqual([name, 401])
    }
  })

  test("every answer is nobody's to keep", async () => {
    const runId = await openRun(key)
    for (const path of [
      `/api/v1/runs/${runId}`,
      "/api/v1/approvals",
      "/api/v1/nothing",
      `/api/v1/approvals/${pending.approvalId}`,
    ]) {
      const { headers } = await raw("GET", path, key.headers)
      expect([path, headers["cache-control"]]).toEqual([path, expect.stringMatching(/no-store|private/)])
    }
  })
})
