import { toolHash } from "@deltaseal/guard/change"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openRun } from "../support/calls"
import { aDefinition, aName, codeOf, openToolbox, type Toolbox } from "../support/tools"
import { makeKey, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Toolbox["key"]
let admin: Toolbox["admin"]
let base: Toolbox["base"]
let register: Toolbox["register"]
let pathOf: Toolbox["pathOf"]
let accept: Toolbox["accept"]
let accepted: Toolbox["accepted"]

beforeAll(async () => {
  world = await startWorld()
  ;({ key, admin, base, register, pathOf, accept, accepted } = await openToolbox(world))
})

afterAll(() => world.close())

describe("a look-alike", () => {
  test.each([
    ["one for l", "notes", "write_fi1e", "write_file"],
    ["another case", "notes", "Send_All", "send_all"],
    ["rn for m", "notes", "tirner", "timer"],
    ["zero for o", "notes", "l0okup", "lookup"],
    ["of the server", "n0tes", "archive", "archive"],
  ])("(%s) of a tool that is registered is refused", async (_, server, name, genuine) => {
    expect((await register(genuine)).status).toBe(200)
    const { value, leaves } = await newLeaves(world, () => register(name, { server }))
    expect(codeOf(value)).toEqual([422, "look_alike_name"])
    expect(value.body.reasons[0].message).toContain(`notes/${genuine}`)
    expect(leaves.map(({ type }) => type)).toEqual(["request.refused"])
    // The genuine one goes on, in other versions too.
    expect((await register(genuine, { version: "2.0.0" })).status).toBe(200)
  })

  test("of the same name on another server, or in another client, is none", async () => {
    expect((await register("compose")).status).toBe(200)
    expect((await register("compose", { server: "mail" })).status).toBe(200)
    const { theirs } = world
    const registered = await register("Compose", { who: theirs.key })
    expect(registered.status).toBe(200)
  })

  test("of two at once, one is registered", async () => {
    const replies = await Promise.all(["fetch_a11", "fetch_all"].map((name) => register(name)))
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 422])
  })
})

describe("registering", () => {
  test("an unknown tool waits: no tier, nobody's word, not usable", async () => {
    const name = aName()
    const { value, leaves } = await newLeaves(world, () => register(name))
    expect(value.status).toBe(200)
    expect(value.body).toMatchObject({
      result: "registered",
      tool: {
        server: "notes",
        name,
        version: "1.0.0",
        status: "waiting",
        tier: null,
        definitionHash: null,
        acceptedBy: null,
        offeredHash: toolHash(aDefinition(name)),
        next: { code: "accept" },
      },
    })
    expect(leaves.map(({ body }) => [body.type, body.actor.kind, body.fields["result"]])).toEqual([
      ["tool.registered", "key", "registered"],
    ])
    expect(leaves[0]?.bytes.toString("utf8")).not.toContain(name)

    await admin.put(`${base}/allowances/prod/notes/${name}`, { patchPaths: null })
    const call = await key.post("/api/v1/tool-calls", {
      runId: await openRun(key),
      tool: { server: "notes", name, version: "1.0.0" },
      input: { text: "a" },
    })
    expect(codeOf(call)).toEqual([403, "policy_denied"])
  })

  test("the same again changes nothing and leaves no leaf, waiting or accepted", async () => {
    const name = aName()
    await register(name)
    const again = await newLeaves(world, () => register(name))
    expect([again.value.body.result, again.leaves]).toEqual(["unchanged", []])

    await accept(name, aDefinition(name))
    const late = await newLeaves(world, () => register(name))
    expect([late.value.body.result, late.value.body.tool.status, late.leaves]).toEqual([
      "unchanged",
      "active",
      [],
    ])
  })

  test("another order of members is the same definition", async () => {
    const name = await accepted()
    const reordered = Object.fromEntries(Object.entries(aDefinition(name)).reverse())
    expect((await register(name, { definition: reordered })).body).toMatchObject({
      result: "unchanged",
      tool: { status: "active" },
    })
  })

  test("a changed definition of a known version suspends it at once; the accepted one stays known", async () => {
    const name = await accepted()
    const changed = aDefinition(name, { description: "Sends a note and a copy to us." })
    const { value, leaves } = await newLeaves(world, () => register(name, { definition: changed }))
    expect(value.body).toMatchObject({
      result: "changed",
      tool: {
        status: "waiting",
        tier: "T0_READ",
        definitionHash: toolHash(aDefinition(name)),
        offeredHash: toolHash(changed),
      },
    })
    expect(leaves.map(({ body }) => body.type)).toEqual(["tool.registered", "tool.suspended"])
    expect(leaves[1]?.body.fields).toMatchObject({ because: "definition_changed" })

    const again = await newLeaves(world, () => register(name, { definition: changed }))
    expect([again.value.body.result, again.leaves]).toEqual(["unchanged", []])
  })

  test("no key can make a suspended tool usable, whatever it registers", async () => {
    const name = await accepted()
    await admin.patch(pathOf(name), { status: "suspended" })
    const changed = aDefinition(name, { title: "Another" })
    for (const definition of [aDefinition(name), changed, aDefinition(name), changed]) {
      const { body } = await register(name, { definition })
      expect(body.tool.status).not.toBe("active")
    }
    const { rows } = await world.su.query("SELECT status FROM tool WHERE name = $1", [name])
    expect(rows).toEqual([{ status: "suspended" }])
  })

  test("a new version of an accepted tool waits by itself; the old one goes on", async () => {
    const name = await accepted()
    const { body } = await register(name, { version: "2.0.0/rc%1" })
    expect(body.tool).toMatchObject({ version: "2.0.0/rc%1", status: "waiting", tier: null })
    expect((await admin.get(pathOf(name))).body.status).toBe("active")
    expect((await admin.get(pathOf(name, "2.0.0/rc%1"))).body).toMatchObject({
      version: "2.0.0/rc%1",
      diff: { against: "1.0.0", added: 0, removed: 0 },
    })
  })

  test("eight servers at once register one tool once", async () => {
    const name = aName()
    const { value, leaves } = await newLeaves(world, () =>
      Promise.all(Array.from({ length: 8 }, () => register(name))),
    )
    expect(value.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
    expect(value.filter(({ body }) => body.result === "registered")).toHaveLength(1)
    expect(leaves.filter(({ body }) => body.fields["result"] === "registered")).toHaveLength(1)
  })

  test.each<[string, (name: string) => unknown, string, string]>([
    ["a list", () => [], "invalid_definition", "/definition"],
    ["null", () => null, "invalid_definition", "/definition"],
    ["no name", () => ({}), "invalid_definition", "/definition/name"],
    ["another name", () => aDefinition("other"), "invalid_definition", "/definition/name"],
    ["a number as title", (name) => ({ name, title: 1 }), "invalid_definition", "/definition/title"],
    [
      "a list as schema",
      (name) => ({ name, inputSchema: [] }),
      "invalid_definition",
      "/definition/inputSchema",
    ],
    [
      "a member that is not hashed",
      (name) => ({ name, _meta: {} }),
      "invalid_definition",
      "/definition/_meta",
    ],
    [
      "a member named constructor",
      (name) => ({ name, constructor: { prototype: {} } }),
      "invalid_definition",
      "/definition/constructor",
    ],
    [
      "a look-ahead",
      (name) => ({ name, inputSchema: { properties: { a: { pattern: "(?=b)c" } } } }),
      "unsupported_schema",
      "/definition/inputSchema/properties/a/pattern",
    ],
    [
      "a misspelt keyword",
      (name) => ({ name, inputSchema: { properties: { "a/b": { pattren: "c" } } } }),
      "unsupported_schema",
      "/definition/inputSchema/properties/a~1b/pattren",
    ],
    [
      "a remote reference",
      (name) => ({ name, inputSchema: { items: { $ref: "https://x.example/s" } } }),
      "unsupported_schema",
      "/definition/inputSchema/items/$ref",
    ],
    [
      "a type there is not",
      (name) => ({ name, inputSchema: { properties: { a: { type: "text" } } } }),
      "unsupported_schema",
      "/definition/inputSchema/properties/a/type",
    ],
  ])("%s is refused with the place", async (_, definition, code, path) => {
    const name = aName()
    const { status, body } = await register(name, { definition: definition(name) })
    expect([status, body.code, body.reasons[0].path]).toEqual([422, code, path])
    const { rowCount } = await world.su.query("SELECT 1 FROM tool WHERE name = $1", [name])
    expect(rowCount).toBe(0)
  })

  test("a name that objects are born with is refused where a schema could not enforce it", async () => {
    const name = aName()
    const text = `{"version":"1.0.0","definition":{"name":"${name}","inputSchema":{"properties":{"__proto__":{"type":"string"}}}}}`
    const { body } = await key.put(`/api/v1/servers/notes/tools/${name}`, text)
    expect([body.code, body.reasons[0].path]).toEqual([
      "unsupported_schema",
      "/definition/inputSchema/properties/__proto__",
    ])
  })

  test("other names of that kind are ordinary, kept and shown", async () => {
    const name = aName()
    const text = `{"version":"1.0.0","definition":{"name":"${name}","annotations":{"__proto__":{"a":1},"constructor":true}}}`
    expect((await key.put(`/api/v1/servers/notes/tools/${name}`, text)).status).toBe(200)
    const { body } = await admin.get(pathOf(name))
    expect(body.hints).toEqual([
      { name: "__proto__", value: '{"a":1}' },
      { name: "constructor", value: "true" },
    ])
    expect(body.offered.text).toContain('"__proto__": {\n      "a": 1\n    }')
  })

  test("a definition that nobody could read is refused by its size", async () => {
    const name = aName()
    const long = aDefinition(name, { description: "x".repeat(64 * 1024) })
    expect(codeOf(await register(name, { definition: long }))).toEqual([422, "definition_too_large"])
  })

  test.each([
    ["dots alone", "...", "notes", "1.0.0"],
    ["a space", "a%20b", "notes", "1.0.0"],
    ["a server of dots", "a", "...", "1.0.0"],
    ["nothing of a version", "a", "notes", ""],
    ["a version with a space", "a", "notes", "1 0"],
  ])("a name of %s is invalid_name", async (_, name, server, version) => {
    const reply = await register(name, { server, version, definition: aDefinition(name) })
    expect(codeOf(reply)).toEqual([422, "invalid_name"])
  })

  test("needs the scope, and the refusal has its leaf", async () => {
    const { caller: who } = await makeKey(world, { scopes: ["request", "poll", "execute", "audit:read"] })
    const { value, leaves } = await newLeaves(world, () => register(aName(), { who, definition: null }))
    expect(codeOf(value)).toEqual([403, "scope_missing"])
    expect(leaves.map(({ body }) => [body.type, body.fields["code"]])).toEqual([
      ["request.refused", "scope_missing"],
    ])
  })

  test("no session can register", async () => {
    expect((await register(aName(), { who: admin })).status).toBe(401)
  })
})
