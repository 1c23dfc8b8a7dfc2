import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { EndpointSpec } from "@/lib/http/endpoint"
import { endpoints } from "@/lib/http/endpoints"
import { newNonce, type Caller } from "../support/api"
import { afterState, aWrite, beforeState, pendingWrite, type Pending } from "../support/calls"
import { anOutcome, consumedWrite } from "../support/deciding"
import { countRows, makePerson, startWorld, type World } from "../support/world"

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

/** Texts that have broken other products. */
const nasty: readonly string[] = [
  "'; DROP TABLE run; --",
  "' OR '1'='1",
  "$1",
  "%27%20OR%201=1",
  "{}",
  "[]",
  "null",
  "\u0000",
  "a\u0000b",
  "\u202e",
  "\ud7ff",
  "😀".repeat(10),
  "../../etc/passwd",
  "..%2f..%2f",
  "%00",
  "%",
  "%E0%A4%A",
  "<script>alert(1)</script>",
  "\r\nSet-Cookie: a=b",
  "__proto__",
  "constructor",
  "-1",
  "1e309",
  "9".repeat(400),
  "x".repeat(5_000),
]

const withSlot = (path: string, text: string) => path.replaceAll(/\{\w+\}/g, encodeURIComponent(text))

const bodies: Readonly<Record<string, (text: string) => object>> = {
  "/runs": (text) => ({
    environment: text,
    workflow: text,
    step: text,
    tools: [{ server: text, name: text }],
    actor: { agent: text, model: text },
    operator: text,
    [text]: text,
  }),
  "/tool-calls": (text) => ({
    ...aWrite(text),
    tool: { server: text, name: text, version: text },
    input: { [text]: text },
    reason: text,
    change: {
      parts: [
        { kind: text, target: { workspace: text, path: text }, before: { text }, after: { base64: text } },
      ],
    },
  }),
  "/servers/{server}/tools/{name}": (text) => ({ version: text, definition: { name: text, [text]: text } }),
  "/tenants/{tenantId}/tools/{server}/{name}/{version}/accept": (text) => ({
    definitionHash: text,
    tier: text,
  }),
  "/tenants/{tenantId}/allowances/{environment}/{server}/{name}": (text) => ({ patchPaths: [text] }),
  "/tenants/{tenantId}/keys": (text) => ({
    name: text,
    environments: [text],
    scopes: [text],
    addresses: [text],
    ownerId: text,
  }),
  "/approvals/{approvalId}/votes": (text) => ({ decision: text, changeHash: text, reason: text }),
  "/approvals/{approvalId}/consume": (text) => ({
    runId: text,
    changeHash: text,
    nonce: text,
    observed: [{ state: "present", digest: text, bytes: 1, mode: text, version: text }],
  }),
  "/executions/{executionId}/outcome": (text) => ({
    status: text,
    observedAfter: [],
    output: { sha256: text, redacted: { [text]: text } },
    receipts: [{ type: text, id: text, [text]: text }],
  }),
}

function methodOf(path: string): "put" | "post" {
  return path.includes("/servers/") || path.includes("/allowances/") ? "put" : "post"
}

/** One string of a good body at a time is replaced, so that each gets as far as it can. */
function spoiled(good: unknown, text: string): unknown[] {
  if (typeof good === "string") return [text]
  if (typeof good !== "object" || good === null) return []

  return Object.entries(good).flatMap(([name, member]) =>
    spoiled(member, text).map((bad) =>
      Array.isArray(good)
        ? good.map((item, at) => (String(at) === name ? bad : item))
        : { ...good, [name]: bad },
    ),
  )
}

async function asking(path: string, method: EndpointSpec["method"], body: unknown): Promise<void> {
  const isForPeople = path.endsWith("/votes") || path.startsWith("/api/v1/tenants/")
  for (const who of isForPeople ? [key, admin] : [key]) {
    const reply = method === "get" ? await who.get(path) : await who[method](path, body)
    const sent = body === undefined ? "" : JSON.stringify(body).slice(0, 300)
    expect([path, sent, reply.status < 500 ? "fine" : reply.text]).toEqual([path, sent, "fine"])
  }
}

describe("nothing that can be written into a request breaks the server:", () => {
  test.each(endpoints.map(({ spec }) => [`${spec.method} ${spec.path}`, spec] as const))(
    "%s",
    async (_, spec) => {
      for (const text of nasty) {
        const make = bodies[spec.path]
        const path = `/api/v1${withSlot(spec.path, text)}`
        await asking(path, spec.method, make?.(text) ?? {})
        if (spec.method === "get") {
          const query = encodeURIComponent(text)
          await asking(
            `/api/v1${withSlot(spec.path, pending.runId)}?cursor=${query}&wait=${query}`,
            "get",
            undefined,
          )
          for (const name of ["cursor", "status", "runId", "tenantId", "wait", "version"]) {
            await asking(
              `/api/v1${withSlot(spec.path, pending.approvalId)}?${name}=${query}`,
              "get",
              undefined,
            )
          }
        }
      }
      expect(world.logs()).not.toContain("request failed")
    },
  )

  test.each<[string, () => string, () => object]>([
    [
      "opening a run",
      () => "/api/v1/runs",
      () => ({
        environment: "dev",
        workflow: "w",
        step: "s",
        actor: { agent: "a", model: "m" },
        tools: [{ server: "a", name: "b" }],
      }),
    ],
    ["asking", () => "/api/v1/tool-calls", () => aWrite(pending.runId)],
    [
      "spending",
      () => `/api/v1/approvals/${pending.approvalId}/consume`,
      () => ({
        runId: pending.runId,
        changeHash: pending.changeHash,
        nonce: newNonce(),
        observed: [{ ...beforeState, version: "1" }],
      }),
    ],
    [
      "reporting",
      () => `/api/v1/executions/${executionId}/outcome`,
      () => ({
        ...anOutcome,
        status: "failed",
        observedAfter: [{ ...afterState, version: "1" }],
        output: { sha256: "a".repeat(64), redacted: { a: "b" } },
        receipts: [{ type: "a", id: "b", c: "d" }],
      }),
    ],
    [
      "registering",
      () => "/api/v1/servers/notes/tools/note",
      () => ({
        version: "1",
        definition: {
          name: "note",
          title: "t",
          inputSchema: { properties: { a: { pattern: "p" } } },
        },
      }),
    ],
    [
      "allowing",
      () => `/api/v1/tenants/${world.ours.tenantId}/allowances/dev/workspace/write_file`,
      () => ({ patchPaths: ["/a"] }),
    ],
    [
      "making a key",
      () => `/api/v1/tenants/${world.ours.tenantId}/keys`,
      () => ({
        name: "k",
        environments: ["dev"],
        scopes: ["poll"],
        addresses: ["10.0.0.0/8"],
        ownerId: "per_0",
      }),
    ],
    [
      "voting",
      () => `/api/v1/approvals/${pending.approvalId}/votes`,
      () => ({ decision: "approve", changeHash: "0".repeat(64), reason: "r" }),
    ],
  ])("%s with each of its strings replaced in turn", async (_, path, good) => {
    for (const text of nasty) {
      for (const body of spoiled(good(), text)) await asking(path(), methodOf(path()), body)
    }
    expect(world.logs()).not.toContain("request failed")
  })

  test("and the tables are all still there", async () => {
    const counts = await countRows(world, world.ours.tenantId)
    expect(Number(counts["run"])).toBeGreaterThan(0)
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

describe("an outcome holds no U+0000 where the database would choke on it:", () => {
  test.each([
    ["a receipt's value", { receipts: [{ type: "file", id: "a\u0000" }] }],
    ["a receipt's name", { receipts: [{ type: "file", id: "a", "b\u0000": "c" }] }],
    ["a version", { observedAfter: [{ ...afterState, version: "1\u0000" }] }],
  ])("%s is refused", async (_, changes) => {
    const reply = await key.post(`/api/v1/executions/${executionId}/outcome`, { ...anOutcome, ...changes })
    expect(reply).toMatchObject({ status: 422, body: { code: "invalid_request" } })
  })
})
