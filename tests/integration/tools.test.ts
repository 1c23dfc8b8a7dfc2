import { toolHash } from "@deltaseal/guard/change"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { caller, type Caller, type Reply } from "../support/api"
import { approve, openRun, pendingWrite, spend, writeFile } from "../support/calls"
import { approvedWrite, typesFor } from "../support/deciding"
import { makeKey, makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let admin: Caller
let adminId: string
let reviewer: Caller
let base: string
let made = 0

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  const person = await makePerson(world, { role: "admin" })
  admin = person.caller
  adminId = person.personId
  reviewer = (await makePerson(world, { role: "reviewer" })).caller
  base = `/api/v1/tenants/${world.ours.tenantId}`
})

afterAll(() => world.close())

type Definition = Parameters<typeof toolHash>[0]

const aDefinition = (name: string, changes: object = {}): Definition => ({
  name,
  title: "Send a note",
  description: "Sends a note.",
  inputSchema: { type: "object", properties: { text: { type: "string" } }, additionalProperties: false },
  ...changes,
})

/** A name that no other test uses. */
const aName = () => `note_${(made += 1)}`

const register = (
  name: string,
  { version = "1.0.0", definition = aDefinition(name), who = key, server = "notes" }: Registering = {},
) => who.put(`/api/v1/servers/${server}/tools/${name}`, { version, definition })

type Registering = Readonly<{ version?: string; definition?: unknown; who?: Caller; server?: string }>

const pathOf = (name: string, version = "1.0.0", server = "notes") =>
  `${base}/tools/${server}/${name}/${encodeURIComponent(version)}`

const accept = (name: string, definition: Definition, { who = admin, tier = "T0_READ" } = {}) =>
  who.post(`${pathOf(name)}/accept`, { definitionHash: toolHash(definition), tier })

/** A tool that was registered and accepted. */
async function accepted(tier = "T0_READ"): Promise<string> {
  const name = aName()
  await register(name)
  const { status, text } = await accept(name, aDefinition(name), { tier })
  if (status !== 200) throw new Error(text)

  return name
}

const codeOf = ({ status, body }: Reply) => [status, body.code]

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

describe("accepting", () => {
  test("pins exactly what was shown, with the tier and the person", async () => {
    const name = aName()
    await register(name)
    const shown = (await admin.get(pathOf(name))).body
    const { value, leaves } = await newLeaves(world, () =>
      admin.post(`${pathOf(name)}/accept`, {
        definitionHash: shown.offered.hash,
        tier: "T2_IRREVERSIBLE_WRITE",
      }),
    )
    expect(value.body).toMatchObject({
      status: "active",
      tier: "T2_IRREVERSIBLE_WRITE",
      definitionHash: toolHash(aDefinition(name)),
      offeredHash: null,
      acceptedBy: { personId: adminId },
      next: { code: "allow" },
    })
    expect(leaves.map(({ body }) => [body.type, body.actor.id, body.fields["tier"]])).toEqual([
      ["tool.accepted", adminId, "T2_IRREVERSIBLE_WRITE"],
    ])
  })

  test("shows the difference from what was accepted before, as a diff that applies", async () => {
    const name = await accepted()
    await register(name, { definition: aDefinition(name, { description: "Sends two notes.\u200b" }) })
    const { body } = await reviewer.get(pathOf(name))
    expect(body.diff).toMatchObject({ against: "1.0.0", added: 1, removed: 1, hiddenCharacters: 1 })
    expect(body.diff.preview).toContain('-  "description": "Sends a note.",\n')
    expect(body.diff.preview).toContain('+  "description": "Sends two notes.\u200b",\n')
    expect(body.accepted.text).toContain('"Sends a note."')
    expect(body.offeredBy).toMatchObject({ prefix: expect.stringMatching(/^dsl_live_/) })
  })

  test("of a definition that was replaced meanwhile is refused, and nothing is pinned", async () => {
    const name = aName()
    await register(name)
    const shown = toolHash(aDefinition(name))
    await register(name, { definition: aDefinition(name, { title: "Something else" }) })
    const reply = await admin.post(`${pathOf(name)}/accept`, { definitionHash: shown, tier: "T0_READ" })
    expect(codeOf(reply)).toEqual([409, "definition_changed"])
    expect((await admin.get(pathOf(name))).body).toMatchObject({ status: "waiting", tier: null })
  })

  test("by eight people at once pins it once", async () => {
    const name = aName()
    await register(name)
    const tiers = ["T0_READ", "T3_EXECUTE"]
    const { value, leaves } = await newLeaves(world, () =>
      Promise.all(
        Array.from({ length: 8 }, (_, at) => accept(name, aDefinition(name), { tier: tiers[at % 2] ?? "" })),
      ),
    )
    expect(value.map(({ status, body }) => (status === 200 ? "won" : body.code)).sort()).toEqual([
      ...Array.from({ length: 7 }, () => "already_accepted"),
      "won",
    ])
    expect(leaves.map(({ body }) => body.type)).toEqual(["tool.accepted"])
    const winner = value.find(({ status }) => status === 200)
    expect((await admin.get(pathOf(name))).body.tier).toBe(winner?.body.tier)
  })

  test("against a registration at the same moment pins one of the two, never a mixture", async () => {
    for (let round = 0; round < 8; round += 1) {
      const name = aName()
      await register(name)
      const changed = aDefinition(name, { title: `Round ${round}` })
      const [, registered] = await Promise.all([
        accept(name, aDefinition(name)),
        register(name, { definition: changed }),
      ])
      expect(registered.status).toBe(200)
      const { body } = await admin.get(pathOf(name))
      expect([body.status, body.offeredHash]).toEqual(["waiting", toolHash(changed)])
      expect([null, toolHash(aDefinition(name))]).toContain(body.definitionHash)
    }
  })

  test("needs a tier and a hash", async () => {
    const name = aName()
    await register(name)
    const definitionHash = toolHash(aDefinition(name))
    for (const body of [{ definitionHash }, { tier: "T0_READ" }, { definitionHash, tier: "T9" }]) {
      expect(codeOf(await admin.post(`${pathOf(name)}/accept`, body))).toEqual([422, "invalid_request"])
    }
  })
})

describe("changing", () => {
  test("a lowered tier is recorded as lowered", async () => {
    const name = await accepted("T3_EXECUTE")
    const { value, leaves } = await newLeaves(world, () => admin.patch(pathOf(name), { tier: "T0_READ" }))
    expect(value.body.tier).toBe("T0_READ")
    expect(
      leaves.map(({ body }) => [body.type, body.fields["tierBefore"], body.fields["isLowered"]]),
    ).toEqual([["tool.changed", "T3_EXECUTE", true]])
  })

  test("suspending and activating each have a leaf; activating drops what was proposed", async () => {
    const name = await accepted()
    const { leaves } = await newLeaves(world, async () => {
      expect((await admin.patch(pathOf(name), { status: "suspended" })).body).toMatchObject({
        status: "suspended",
        next: { code: "activate" },
      })
      await register(name, { definition: aDefinition(name, { title: "Proposed" }) })
      const active = (await admin.patch(pathOf(name), { status: "active" })).body
      expect(active).toMatchObject({ status: "active", offeredHash: null })
      expect(active.definitionHash).toBe(toolHash(aDefinition(name)))
    })
    expect(leaves.map(({ body }) => body.type)).toEqual(["tool.suspended", "tool.registered", "tool.changed"])
  })

  test.each<[string, object, string]>([
    ["a tier", { tier: "T1_REVERSIBLE_WRITE" }, "not_accepted"],
    ["activity", { status: "active" }, "not_accepted"],
    ["suspension", { status: "suspended" }, "conflict"],
  ])("a tool that nobody has accepted gets no %s", async (_, change, code) => {
    const name = aName()
    await register(name)
    expect(codeOf(await admin.patch(pathOf(name), change))).toEqual([409, code])
  })

  test("is one thing at a time", async () => {
    const name = await accepted()
    for (const change of [{}, { tier: "T1_REVERSIBLE_WRITE", status: "suspended" }, { status: "waiting" }]) {
      expect(codeOf(await admin.patch(pathOf(name), change))).toEqual([422, "invalid_request"])
    }
  })
})

describe("an approval under a tool that changed", () => {
  const path = () => `${base}/tools/${writeFile.server}/${writeFile.name}/${writeFile.version}`

  test.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
    [
      "another definition",
      () =>
        key.put("/api/v1/servers/workspace/tools/write_file", {
          version: "1.4.0",
          definition: { name: "write_file" },
        }),
      () => admin.patch(path(), { status: "active" }),
    ],
    [
      "another tier",
      () => admin.patch(path(), { tier: "T4_IDENTITY_MONEY_OUTBOUND" }),
      () => admin.patch(path(), { tier: "T2_IRREVERSIBLE_WRITE" }),
    ],
    [
      "suspension",
      () => admin.patch(path(), { status: "suspended" }),
      () => admin.patch(path(), { status: "active" }),
    ],
  ])("is stale when it is spent: %s", async (_, change, undo) => {
    const approved = await approvedWrite(key, await world.as("reviewer"))
    await change()
    expect(codeOf(await spend(key, approved))).toEqual([409, "tool_changed"])
    await undo()
    expect(codeOf(await spend(key, approved))).toEqual([409, "stale"])
    expect(await typesFor(world, approved)).toContain("approval.stale")
  })

  test("is cancelled when the tool is no longer allowed where it runs", async () => {
    const place = `${base}/allowances/prod/workspace/write_file`
    const approved = await approvedWrite(key, await world.as("reviewer"))
    const { value, leaves } = await newLeaves(world, () => admin.delete(place))
    expect(value.body).toMatchObject({ environment: "prod", isAllowed: false })
    expect(leaves.map(({ body }) => [body.type, body.fields["environment"]])).toEqual([
      ["tool.disallowed", "prod"],
    ])
    expect(codeOf(await spend(key, approved))).toEqual([409, "policy_changed"])

    expect((await admin.put(place, { patchPaths: null })).body).toMatchObject({
      isAllowed: true,
      patchPaths: null,
    })
    const pending = await pendingWrite(key)
    await approve(await world.as("reviewer"), pending)
    expect((await spend(key, pending)).status).toBe(200)
  })

  test("is counted on the tool's page while it is open", async () => {
    const before = (await admin.get(path())).body.openApprovals
    await pendingWrite(key)
    expect((await admin.get(path())).body.openApprovals).toBe(Number(before) + 1)
  })
})

describe("allowing", () => {
  test("names the record fields, keeps null apart from none, and is recorded", async () => {
    const name = await accepted()
    const place = `${base}/allowances/dev/notes/${name}`
    for (const patchPaths of [["/a", "/b~1c/d"], [], null]) {
      const { value, leaves } = await newLeaves(world, () => admin.put(place, { patchPaths }))
      expect(value.body).toMatchObject({ environment: "dev", patchPaths, isAllowed: true })
      expect((await admin.get(pathOf(name))).body.allowedIn).toEqual([{ environment: "dev", patchPaths }])
      expect(leaves.map(({ body }) => body.type)).toEqual(["tool.allowed"])
    }
  })

  test.each([
    ["no slash", ["a"], "/patchPaths/0"],
    ["the whole record", [""], "/patchPaths/0"],
    ["a loose tilde", ["/a", "/b~2"], "/patchPaths/1"],
    ["a tilde at the end", ["/b~"], "/patchPaths/0"],
    ["one twice", ["/a", "/a"], "/patchPaths/1"],
    ["U+0000", ["/a\u0000"], "/patchPaths/0"],
    ["too many", Array.from({ length: 101 }, (_, at) => `/${at}`), "/patchPaths"],
  ])("by %s is invalid_pointer", async (_, patchPaths, path) => {
    const name = await accepted()
    const { status, body } = await admin.put(`${base}/allowances/dev/notes/${name}`, { patchPaths })
    expect([status, body.code, body.reasons[0].path]).toEqual([422, "invalid_pointer", path])
  })

  test("of what is not registered, or no longer allowed, is not found", async () => {
    const place = `${base}/allowances/dev/notes/nobody`
    expect((await admin.put(place, { patchPaths: null })).status).toBe(404)
    expect((await admin.delete(place)).status).toBe(404)
  })
})

describe("who may", () => {
  test.each([
    ["owner", 200],
    ["admin", 200],
    ["auditor", 403],
    ["reviewer", 403],
  ] as const)("%s reads everything; accepting is %i", async (role, accepts) => {
    const { caller: who } = await makePerson(world, { role })
    const name = aName()
    await register(name)
    expect((await who.get(`${base}/tools`)).status).toBe(200)
    expect((await who.get(pathOf(name))).status).toBe(200)
    expect((await accept(name, aDefinition(name), { who })).status).toBe(accepts)
  })

  test("a tool of another client is not there, byte for byte", async () => {
    const { tenantId } = world.theirs
    const name = aName()
    await register(name, { who: world.theirs.key })
    const who = caller(world.url, { ...admin.headers, "x-request-id": "the-same" })
    const bytes = async (target: string) => {
      const { status, text } = await who.get(target)
      return [status, text]
    }
    const there = `/api/v1/tenants/${tenantId}/tools/notes/${name}/1.0.0`
    expect(await bytes(there)).toEqual(await bytes(there.replace(name, "nothing")))
    expect(await bytes(there)).toEqual(await bytes(pathOf(name)))
  })
})

test("the list goes on from its cursor, each tool once, in order", async () => {
  const names = Array.from({ length: 205 }, (_, at) => `many_${String(at).padStart(3, "0")}`)
  await world.su.query(
    `INSERT INTO tool (tenant_id, server, name, version, definition, definition_hash)
     SELECT $1, 'zz', name, '1', '{}', 'h' FROM unnest($2::text[]) AS name`,
    [world.ours.tenantId, names],
  )
  const first = (await admin.get(`${base}/tools`)).body
  expect(first.items).toHaveLength(200)
  const rest = (await admin.get(`${base}/tools?cursor=${encodeURIComponent(first.nextCursor)}`)).body
  const listed = [...first.items, ...rest.items].filter(({ server }: { server: string }) => server === "zz")
  expect(listed.map(({ name }: { name: string }) => name)).toEqual(names)
  expect(rest.nextCursor).toBeNull()
  expect(codeOf(await admin.get(`${base}/tools?cursor=nothing`))).toEqual([422, "invalid_cursor"])
})
