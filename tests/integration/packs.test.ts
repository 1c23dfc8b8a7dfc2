import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { deny, friendly, strict, tenantWithPolicy, type PolicyBox } from "../support/policies"
import { codeOf } from "../support/tools"
import { leavesOf, makePerson, startWorld, type World } from "../support/world"

let world: World
/** Under the built-in policy, under one that the pack loosens, and under one that it tightens. */
let fresh: PolicyBox
let tight: PolicyBox
let loose: PolicyBox
let packId: string

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world.close())

beforeEach(async () => {
  fresh = await tenantWithPolicy(world)
  tight = await tenantWithPolicy(world)
  loose = await tenantWithPolicy(world)
  await tight.publish(deny, 1)
  await loose.publish(friendly, 1)
  const made = await fresh.admin.post("/api/v1/packs", { name: "House rules", text: strict, note: "start" })
  expect(made.status, made.text).toBe(201)
  packId = made.body.packId
})

const at = (rest: string) => `/api/v1/packs/${packId}${rest}`
const all = () => [fresh, tight, loose].map(({ tenantId }) => tenantId)
const preview = async (tenantIds = all()) =>
  (await fresh.admin.post(at("/preview"), { version: 1, tenantIds })).body.items as Row[]
const inForce = async ({ admin, path }: PolicyBox) => (await admin.get(path("/policies"))).body.inForce
const typesOf = async ({ tenantId }: PolicyBox) => (await leavesOf(world, tenantId)).map(({ type }) => type)

type Row = Readonly<{ tenantId: string; basedOn: number }>

/** What came of it in each of our three, in their order. */
function inOrder(items: readonly { tenantId: string }[]) {
  return all().map((tenantId) => items.find((item) => item.tenantId === tenantId))
}

async function rollOut(rows: readonly Row[]) {
  const tenants = rows.map(({ tenantId, basedOn }) => ({ tenantId, basedOn }))
  const reply = await fresh.admin.post(at("/rollouts"), { version: 1, tenants, note: "for all" })
  expect(reply.status, reply.text).toBe(201)
  return reply.body
}

const rollBack = (rolloutId: string, who = fresh.admin, tenantIds?: readonly string[]) =>
  who.post(at(`/rollouts/${rolloutId}/rollback`), { note: "too early", tenantIds })
const rollBackPreview = async (rolloutId: string) =>
  inOrder((await fresh.admin.get(at(`/rollouts/${rolloutId}/rollback`))).body.items)

describe("a pack", () => {
  test("is a policy that is checked as any other, and versioned", async () => {
    const { admin } = fresh
    expect(codeOf(await admin.post("/api/v1/packs", { name: "x", text: "rules: 1" }))).toEqual([
      422,
      "invalid_policy",
    ])
    const next = await admin.post(at("/versions"), { text: deny, basedOn: 1, note: "stop" })
    expect(next).toMatchObject({
      status: 201,
      body: { version: 2, shown: 2, text: deny, versions: [{ version: 2, note: "stop" }, { version: 1 }] },
    })
    expect((await admin.get(at("?version=1"))).body).toMatchObject({ shown: 1, text: strict })
    expect(codeOf(await admin.post(at("/versions"), { text: friendly, basedOn: 1 }))).toEqual([
      409,
      "conflict",
    ])
    expect(codeOf(await admin.post(at("/versions"), { text: deny, basedOn: 2 }))).toEqual([422, "no_change"])
    expect((await admin.get("/api/v1/packs")).body.items[0]).toMatchObject({ packId, version: 2 })
    expect(await inForce(fresh)).toBe(1)
  })

  test("is checked while it is written, with what it would change of the newest version", async () => {
    const [first, next] = ["/api/v1/packs/check", at("/versions/check")]
    const check = async (path: string, text: string) => (await fresh.admin.post(path, { text })).body
    const found = {
      problems: [{ line: 3 }, { line: 4, column: 5, code: "unknown_member" }],
      comparison: null,
    }
    const wrong = strict.replace("effect", "efect")
    expect(await check(first, wrong)).toMatchObject({ ...found, against: null })
    expect(await check(next, wrong)).toMatchObject({ ...found, against: 1 })
    expect(await check(first, strict)).toEqual({ problems: [], against: null, comparison: null })
    const comparison = { isSame: false, diff: [{ path: "/rules/all/effect", to: '"allow"' }], tightens: [] }
    expect(await check(next, friendly)).toMatchObject({ problems: [], against: 1, comparison })
    expect((await check(next, strict)).comparison).toMatchObject({ isSame: true, diff: [] })
    const { caller: client } = await makePerson(world, { role: "admin", tenantId: fresh.tenantId })
    expect(codeOf(await client.post(first, { text: strict }))).toEqual([403, "forbidden"])
  })

  test("is made by administrators of the agency, and not known to who is in a client only", async () => {
    const { caller: reviewer } = await makePerson(world, { role: "reviewer" })
    const { caller: client } = await makePerson(world, { role: "admin", tenantId: fresh.tenantId })
    const body = { name: "x", text: strict }
    expect(codeOf(await reviewer.post("/api/v1/packs", body))).toEqual([403, "forbidden"])
    expect((await reviewer.get(at(""))).status).toBe(200)
    expect(codeOf(await client.post("/api/v1/packs", body))).toEqual([403, "forbidden"])
    expect(codeOf(await client.get(at("")))).toEqual([404, "not_found"])
    expect((await client.get("/api/v1/packs")).body.items).toEqual([])
  })
})

describe("a preview", () => {
  test("has each client's own difference and what would become of it, and does nothing", async () => {
    expect(inOrder(await preview())).toMatchObject([
      { basedOn: 1, isSame: false, needsSecondPerson: false, takesEffect: "at_once" },
      {
        basedOn: 2,
        needsSecondPerson: true,
        takesEffect: "second_person",
        loosens: [expect.stringContaining("all")],
        diff: [{ op: "replace", path: "/rules/all/effect", from: '"deny"', to: '"require_approval"' }],
      },
      { basedOn: 2, needsSecondPerson: false, takesEffect: "at_once", diff: [{ from: '"allow"' }] },
    ])
    expect([await inForce(fresh), await inForce(tight)]).toEqual([1, 2])
  })

  test("of all reaches each client of the agency once, and none of another", async () => {
    const { body } = await fresh.admin.post(at("/preview"), { version: 1 })
    const { rows } = await world.su.query<{ id: string }>(
      "SELECT tenant_id AS id FROM tenant WHERE agency_id = $1 ORDER BY tenant_id DESC",
      [world.ours.agencyId],
    )
    expect(body.items.map(({ tenantId }: Row) => tenantId)).toEqual(rows.map(({ id }) => id))
  })

  test.each([
    ["of somebody else's client", "/preview", () => ({ version: 1, tenantIds: [world.theirs.tenantId] })],
    ["of a version that is not there", "/preview", () => ({ version: 7 })],
    [
      "for real of somebody else's client",
      "/rollouts",
      () => ({ version: 1, tenants: [{ tenantId: world.theirs.tenantId, basedOn: 1 }] }),
    ],
  ] as const)("%s is not found", async (_, path, body) => {
    expect(codeOf(await fresh.admin.post(at(path), body()))).toEqual([404, "not_found"])
  })
})

describe("a rollout", () => {
  test("publishes or proposes in each client by its own rules, with leaves of its own there", async () => {
    const { items, rolloutId } = await rollOut(await preview())
    expect(inOrder(items)).toMatchObject([
      { result: "published", version: 2 },
      { result: "proposed", version: null, proposalId: expect.any(String) },
      { result: "published", version: 3 },
    ])
    expect([await inForce(fresh), await inForce(tight), await inForce(loose)]).toEqual([2, 2, 3])
    expect((await typesOf(fresh)).slice(-2)).toEqual(["policy.published", "pack.rolled_out"])
    expect((await typesOf(tight)).slice(-2)).toEqual(["rule.proposed", "pack.rolled_out"])
    expect((await fresh.admin.get(fresh.path("/policies/2"))).body).toMatchObject({
      text: strict,
      rolloutId,
      note: "for all",
      author: { personId: fresh.adminId },
    })
    expect(inOrder((await fresh.admin.get(at(`/rollouts/${rolloutId}`))).body.items)).toMatchObject([
      { version: 2, isInForce: true, proposalId: null },
      { version: null, isInForce: false, proposalStatus: "open" },
      { version: 3, isInForce: true },
    ])
  })

  test("names and leaves a client that moved since it was looked at; the others go on", async () => {
    const rows = await preview()
    await loose.publish(deny, 2)
    const { items } = await rollOut(rows)
    expect(inOrder(items)).toMatchObject([
      { result: "published", code: null },
      { result: "proposed", code: null },
      { result: "left", version: null, code: "conflict", message: expect.stringContaining("Version 3") },
    ])
    expect(await inForce(loose)).toBe(3)
  })

  test("reaches only who is chosen, and leaves who has it already", async () => {
    const rows = (await preview()).filter(({ tenantId }) => tenantId === fresh.tenantId)
    await rollOut(rows)
    expect([await inForce(fresh), await inForce(tight), await inForce(loose)]).toEqual([2, 2, 2])
    expect((await rollOut(await preview([fresh.tenantId]))).items).toMatchObject([
      { result: "left", code: "no_change" },
    ])
  })
})

describe("rolling back", () => {
  test("puts back what each client had, by the same rules, and takes back what waits", async () => {
    const { rolloutId } = await rollOut(await preview())
    const { caller: second } = await fresh.second()
    expect(await rollBackPreview(rolloutId)).toMatchObject([
      { action: "restore", restores: 1, needsSecondPerson: true, takesEffect: "second_person" },
      { action: "take_back", restores: null, diff: [] },
      {
        action: "restore",
        restores: 2,
        loosens: [expect.stringContaining("all")],
        diff: [{ to: '"allow"' }],
      },
    ])
    expect((await fresh.admin.get(at(""))).body.rollouts[0]).toMatchObject({ rolloutId, clients: 3 })
    const back = await rollBack(rolloutId, second)
    expect(back.status, back.text).toBe(200)
    const [one, two, three] = inOrder(back.body.items)
    // Under the built-in policy T2 to T4 ask one person, as the pack does for all: going back loosens.
    expect(one).toMatchObject({ result: "proposed" })
    expect(two).toMatchObject({ result: "withdrawn" })
    expect(three).toMatchObject({ result: "proposed" })
    expect((await typesOf(tight)).slice(-2)).toEqual(["rule.rejected", "pack.rolled_back"])

    const { proposalId } = three as unknown as { proposalId: string }
    const { hash } = (await loose.admin.get(loose.path(`/proposals/${proposalId}`))).body
    await loose.admin.post(loose.path(`/proposals/${proposalId}/approve`), { hash })
    expect((await loose.admin.get(loose.path("/policies/4"))).body).toMatchObject({
      isInForce: true,
      text: friendly,
      restores: 2,
      rolloutId,
    })
    expect((await fresh.admin.get(at(""))).body.rollouts[0]).toMatchObject({
      rolloutId,
      rolledBackAt: expect.any(String),
    })
  })

  test("is in force at once where it tightens", async () => {
    const { rolloutId, items } = await rollOut(await preview([tight.tenantId]))
    const { hash } = (await tight.admin.get(tight.path(`/proposals/${items[0].proposalId}`))).body
    const { caller: second } = await tight.second()
    await second.post(tight.path(`/proposals/${items[0].proposalId}/approve`), { hash })
    expect(await inForce(tight)).toBe(3)

    expect((await rollBack(rolloutId)).body.items).toMatchObject([{ result: "published", version: 4 }])
    expect((await tight.admin.get(tight.path("/policies/4"))).body).toMatchObject({ text: deny, restores: 2 })
    const { items: after } = (await fresh.admin.get(at(`/rollouts/${rolloutId}`))).body
    expect(after).toMatchObject([{ version: 3, inForce: 4, isInForce: false, back: { version: 4 } }])
    // Done again, it finds another version in force.
    const left = { tenantId: tight.tenantId, code: "conflict", message: expect.stringContaining("Version 4") }
    expect((await rollBackPreview(rolloutId))[1]).toMatchObject({ action: "leave", ...left })
    expect((await rollBack(rolloutId)).body.items).toMatchObject([{ result: "left", code: "conflict" }])
  })

  test("reaches only who is chosen, and nobody when one was never reached", async () => {
    const { rolloutId } = await rollOut(await preview([fresh.tenantId, loose.tenantId]))
    const never = [fresh.tenantId, tight.tenantId]
    expect(codeOf(await rollBack(rolloutId, fresh.admin, never))).toEqual([404, "not_found"])
    expect((await rollBack(rolloutId, fresh.admin, [fresh.tenantId])).body.items).toMatchObject([
      { tenantId: fresh.tenantId, result: "proposed" },
    ])
    const view = await fresh.admin.get(at(`/rollouts/${rolloutId}`))
    expect(inOrder(view.body.items)).toMatchObject([
      { isInForce: true, back: { version: null, proposalStatus: "open" } },
      undefined,
      { isInForce: true, inForce: 3, back: null },
    ])
    expect((await typesOf(loose)).slice(-1)).toEqual(["pack.rolled_out"])
    // What waits there already keeps a second one from waiting.
    expect((await rollBackPreview(rolloutId))[0]).toMatchObject({ action: "restore", hasOpenProposal: true })
    expect((await rollBack(rolloutId, fresh.admin, [fresh.tenantId])).body.items).toMatchObject([
      { result: "left", code: "proposal_open" },
    ])
  })

  test("says that what was in force before cannot be read, and leaves it", async () => {
    const { rolloutId } = await rollOut(await preview([loose.tenantId]))
    const broken = [loose.tenantId, "0".repeat(64)]
    await world.su.query("UPDATE policy_version SET digest = $2 WHERE tenant_id = $1 AND version = 2", broken)
    const left = { code: "policy_unavailable", message: expect.stringContaining("Version 2") }
    expect((await rollBackPreview(rolloutId))[2]).toMatchObject({ action: "leave", ...left })
    expect((await rollBack(rolloutId)).body.items).toMatchObject([{ result: "left", ...left }])
  })

  test("names and leaves a client that moved since", async () => {
    const { rolloutId } = await rollOut(await preview([fresh.tenantId]))
    await fresh.publish(deny, 2)
    expect((await rollBack(rolloutId)).body.items).toMatchObject([
      { tenantId: fresh.tenantId, result: "left", code: "conflict", message: expect.stringContaining("3") },
    ])
    expect(await inForce(fresh)).toBe(3)
  })
})

test("a pack that is not what was kept goes nowhere", async () => {
  const rows = await preview()
  await world.su.query("UPDATE policy_pack_version SET digest = $2 WHERE pack_id = $1", [
    packId,
    "0".repeat(64),
  ])
  const tenants = rows.map(({ tenantId, basedOn }) => ({ tenantId, basedOn }))
  expect(codeOf(await fresh.admin.post(at("/rollouts"), { version: 1, tenants }))).toEqual([
    503,
    "policy_unavailable",
  ])
  expect(await inForce(fresh)).toBe(1)
})
