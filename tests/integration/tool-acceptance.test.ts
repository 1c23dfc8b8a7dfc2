import { toolHash } from "@deltaseal/guard/change"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { caller } from "../support/api"
import { aDefinition, aName, codeOf, openToolbox, type Toolbox } from "../support/tools"
import { holdLock, someoneWaits } from "../support/locks"
import { makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let admin: Toolbox["admin"]
let adminId: Toolbox["adminId"]
let reviewer: Toolbox["reviewer"]
let base: Toolbox["base"]
let register: Toolbox["register"]
let pathOf: Toolbox["pathOf"]
let accept: Toolbox["accept"]
let accepted: Toolbox["accepted"]

beforeAll(async () => {
  world = await startWorld()
  ;({ admin, adminId, reviewer, base, register, pathOf, accept, accepted } = await openToolbox(world))
})

afterAll(() => world.close())

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

  test("by two people at the same moment pins it once", async () => {
    const name = aName()
    await register(name)
    const lock = await holdLock(world, "SELECT 1 FROM tool WHERE name = $1 FOR UPDATE", [name])
    const { value, leaves } = await newLeaves(world, async () => {
      const answers = ["T0_READ", "T3_EXECUTE"].map((tier) => accept(name, aDefinition(name), { tier }))
      await someoneWaits(world, 2)
      await lock.release()
      return Promise.all(answers)
    })
    const won = value.filter(({ status }) => status === 200)
    const lost = value.filter(({ status }) => status !== 200)
    expect([won.length, lost.map(codeOf)]).toEqual([1, [[409, "already_accepted"]]])
    expect(leaves.map(({ body }) => body.type)).toEqual(["tool.accepted"])
    expect((await admin.get(pathOf(name))).body.tier).toBe(won[0]?.body.tier)
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
    const name = await accepted("T1_REVERSIBLE_WRITE")
    const { value, leaves } = await newLeaves(world, () => admin.patch(pathOf(name), { tier: "T0_READ" }))
    expect(value.body).toMatchObject({ tier: "T0_READ", proposed: [] })
    expect(
      leaves.map(({ body }) => [body.type, body.fields["tierBefore"], body.fields["isLowered"]]),
    ).toEqual([["tool.changed", "T1_REVERSIBLE_WRITE", true]])
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
