import { toolHash } from "@deltaseal/guard/change"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Caller, Reply } from "../support/api"
import { approvedWrite } from "../support/deciding"
import { agreeTo, friendly, strict, tenantWithPolicy, type PolicyBox } from "../support/policies"
import { kill } from "../support/stopping"
import { aDefinition, openToolbox, type Toolbox } from "../support/tools"
import { makePerson, startWorld, type World } from "../support/world"

let world: World
let owner: Caller
let second: Caller
let box: Toolbox

beforeAll(async () => {
  world = await startWorld()
  box = await openToolbox(world)
  owner = await world.as("owner")
  ;({ caller: second } = await makePerson(world, { role: "admin" }))
})

afterAll(() => world.close())

const isDone = (reply: Reply): Reply => {
  expect(reply.status, reply.text).toBeLessThan(300)
  return reply
}
const killAndLift = async (id: string, between = () => Promise.resolve<unknown>(null)) => {
  const { body } = isDone(await kill(owner, "tool", id))
  await between()
  isDone(await owner.delete(`/api/v1/kill/${body.stopped[0].stopId}`))
}
const suspendClient = async (between = () => Promise.resolve<unknown>(null)) => {
  isDone(await box.admin.patch(box.base, { status: "suspended" }))
  await between()
  isDone(await box.admin.patch(box.base, { status: "active" }))
}

describe("what a tool may change, taken away and given anew by one person", () => {
  const place = (name: string, environment = "dev") => `${box.base}/allowances/${environment}/notes/${name}`
  const set = async (name: string, patchPaths: readonly string[] | null, environment?: string) =>
    isDone(await box.admin.put(place(name, environment), { patchPaths })).body
  const drop = async (name: string) => isDone(await box.admin.delete(place(name)))
  const allowedIn = async (name: string) => (await box.admin.get(box.pathOf(name))).body.allowedIn
  const newVersion = async (name: string) => {
    isDone(await box.register(name, { version: "2.0.0" }))
    const accepting = { definitionHash: toolHash(aDefinition(name)), tier: "T0_READ" }
    isDone(await box.admin.post(`${box.pathOf(name, "2.0.0")}/accept`, accepting))
  }

  test.each<[string, (name: string) => Promise<unknown>]>([
    ["directly", drop],
    ["and already asked for again", (name) => drop(name).then(() => withdrawn(name))],
    ["with another version accepted between", (name) => drop(name).then(() => newVersion(name))],
    [
      "under a kill switch that is lifted",
      async (name) => killAndLift(`${world.ours.tenantId}/notes/${name}`, () => drop(name)),
    ],
    ["while the client is suspended", async (name) => suspendClient(() => drop(name))],
    ["and first allowed elsewhere", async (name) => (await drop(name), await set(name, null, "staging"))],
  ])("%s: it waits for a second person", async (_, goRound) => {
    const name = await box.accepted()
    expect(await set(name, ["/a"])).toMatchObject({ isAllowed: true, proposalId: null })
    await goRound(name)

    const again = await set(name, null)
    expect(again).toMatchObject({ isAllowed: false, proposalId: expect.any(String) })
    expect(await allowedIn(name)).not.toContainEqual(expect.objectContaining({ environment: "dev" }))
    await agreeTo(second, box.base, again.proposalId)
    expect(await allowedIn(name)).toContainEqual({ environment: "dev", patchPaths: null })
  })

  /** Proposed and withdrawn: what was only proposed is no state that was held. */
  async function withdrawn(name: string) {
    const { proposalId } = await set(name, null)
    isDone(await box.admin.post(`${box.base}/proposals/${proposalId}/withdraw`, {}))
  }

  test("narrowed and widened back to what it was: it waits", async () => {
    const name = await box.accepted()
    await set(name, ["/a", "/b"])
    await set(name, ["/a"])
    expect(await set(name, ["/a", "/b"])).toMatchObject({
      patchPaths: ["/a"],
      proposalId: expect.any(String),
    })
  })

  test("taken away again while that waits: the proposal is no longer about what it was written on", async () => {
    const name = await box.accepted()
    await set(name, ["/a"])
    await drop(name)
    const first = await set(name, ["/a"])
    await agreeTo(second, box.base, first.proposalId)
    const wider = await set(name, null)
    await drop(name)
    const { status } = (await box.admin.get(`${box.base}/proposals/${wider.proposalId}`)).body
    expect([status, await allowedIn(name)]).toEqual(["superseded", []])
  })
})

describe("a tier, lowered by one person in more than one step", () => {
  const tierOf = async (name: string, version?: string) =>
    (await box.admin.get(box.pathOf(name, version))).body.tier
  const patch = async (name: string, body: object) => isDone(await box.admin.patch(box.pathOf(name), body))
  const lower = async (name: string) => patch(name, { tier: "T1_REVERSIBLE_WRITE" })
  const changed = (name: string) => aDefinition(name, { title: "Something else" })

  test.each<[string, string, (name: string) => Promise<unknown>]>([
    ["raised first", "T1_REVERSIBLE_WRITE", (name) => patch(name, { tier: "T3_EXECUTE" })],
    [
      "suspended and activated",
      "T3_EXECUTE",
      async (name) => (await patch(name, { status: "suspended" }), await patch(name, { status: "active" })),
    ],
    ["killed and lifted", "T3_EXECUTE", (name) => killAndLift(`${world.ours.tenantId}/notes/${name}`)],
    ["with the client suspended and resumed", "T3_EXECUTE", () => suspendClient()],
    [
      "with another definition on offer",
      "T3_EXECUTE",
      async (name) => isDone(await box.register(name, { definition: changed(name) })),
    ],
  ])("%s: it waits for a second person", async (_, tier, goRound) => {
    const name = await box.accepted(tier)
    await goRound(name)
    await lower(name)
    expect(await tierOf(name)).toBe("T3_EXECUTE")
  })

  test("by a version that is accepted while the tool is suspended: it waits", async () => {
    const name = await box.accepted("T3_EXECUTE")
    await patch(name, { status: "suspended" })
    isDone(await box.register(name, { version: "2.0.0" }))
    const accepting = { definitionHash: toolHash(aDefinition(name)), tier: "T0_READ" }
    isDone(await box.admin.post(`${box.pathOf(name, "2.0.0")}/accept`, accepting))
    expect(await tierOf(name, "2.0.0")).toBe("T3_EXECUTE")
  })
})

describe("a policy, loosened by one person in more than one step", () => {
  const rules = (...lines: string[]) => `version: 1\nrules:\n${lines.map((line) => `  - ${line}\n`).join("")}`
  const ask = "{name: all, effect: require_approval}"
  const ok = "{name: ok, match: {tool: [read_file]}, effect: allow}"
  const never = "{name: never, effect: deny}"
  const limited = (calls: number | null) =>
    `${strict}${calls === null ? "" : `limits: {run: {toolCalls: ${calls}}}\n`}`

  /** Each step but the last holds at once; the last waits, and what held before it holds. */
  async function walk(client: PolicyBox, steps: readonly string[]): Promise<void> {
    for (const [index, text] of steps.entries()) {
      const { body } = isDone(await client.publish(text, index + 1))
      expect(body.result, text).toBe(index < steps.length - 1 ? "published" : "proposed")
    }
    expect((await client.admin.get(client.path("/policies"))).body.inForce).toBe(steps.length)
  }

  test.each<[string, readonly string[]]>([
    ["tightened, and back", [friendly, strict, friendly]],
    ["an allow rule taken out, and put back", [rules(ok, ask), rules(ask), rules(ok, ask)]],
    ["an allow rule taken out, and a wider one put in", [rules(ok, ask), rules(ask), friendly]],
    ["a deny rule put in, and taken out", [rules(ask), rules(never, ask), rules(ask)]],
    ["loosened behind a rule that denies all", [rules(ask), rules(never, "{name: all, effect: allow}")]],
    [
      "an allow rule added behind a rule that denies all",
      [rules(ask), rules(never, ask), rules(never, ok, ask)],
    ],
    ["a limit lowered, and raised", [limited(9), limited(5), limited(9)]],
    ["a limit lowered, and left out", [limited(9), limited(5), limited(null)]],
    ["what taints mean made stricter, and back", [strict, `${strict}tainted: deny\n`, strict]],
  ])("%s: the last step waits", async (_, steps) => {
    await walk(await tenantWithPolicy(world), steps)
  })

  test("rolled back to an older version, or to what held before the first: it waits", async () => {
    const client = await tenantWithPolicy(world)
    await client.publish(friendly, 1)
    await client.publish(strict, 2)
    for (const version of [2, 1]) {
      const { body } = isDone(
        await client.admin.post(client.path(`/policies/${version}/restore`), { basedOn: 3 }),
      )
      expect(body).toMatchObject({ result: "proposed", version: null })
      isDone(await client.admin.post(client.path(`/proposals/${body.proposalId}/withdraw`), {}))
    }
  })

  test("with a pack, and by rolling one back: it waits; another client of one's own changes nothing", async () => {
    const client = await tenantWithPolicy(world)
    await client.publish(friendly, 1)
    const { packId } = isDone(
      await client.admin.post("/api/v1/packs", { name: "House rules", text: strict }),
    ).body
    const rollOut = async (version: number, basedOn: number) => {
      const tenants = [{ tenantId: client.tenantId, basedOn }]
      return isDone(await client.admin.post(`/api/v1/packs/${packId}/rollouts`, { version, tenants })).body
    }
    const { rolloutId, items } = await rollOut(1, 2)
    expect(items[0].result).toBe("published")
    const back = await client.admin.post(`/api/v1/packs/${packId}/rollouts/${rolloutId}/rollback`, {})
    expect(isDone(back).body.items[0]).toMatchObject({ result: "proposed", version: null })
    isDone(await client.admin.post(client.path(`/proposals/${back.body.items[0].proposalId}/withdraw`), {}))

    isDone(await client.admin.post(`/api/v1/packs/${packId}/versions`, { text: friendly, basedOn: 1 }))
    expect((await rollOut(2, 3)).items[0].result).toBe("proposed")
    const other = await tenantWithPolicy(world)
    expect((await other.publish(friendly, 1)).body.result).toBe("published")
    expect((await client.admin.get(client.path("/policies"))).body.inForce).toBe(3)
  })

  test("while the client is suspended: it waits, also once it has resumed", async () => {
    const client = await tenantWithPolicy(world)
    await client.publish(strict, 1)
    isDone(await client.admin.patch(client.path(""), { status: "suspended" }))
    expect((await client.publish(friendly, 2)).body.result).toBe("proposed")
    isDone(await client.admin.patch(client.path(""), { status: "active" }))
    expect((await client.admin.get(client.path("/policies"))).body.inForce).toBe(2)
  })

  test("by a grant that is revoked and asked for again: it waits each time", async () => {
    const { approvalId } = await approvedWrite(world.ours.key, await world.as("reviewer"))
    const until = new Date(Date.now() + 86_400_000).toISOString()
    const grant = (maxUses: number) =>
      box.admin.post(`/api/v1/approvals/${approvalId}/grant`, { maxUses, until, note: "nightly" })
    const granted = isDone(await grant(1)).body
    await agreeTo(second, box.base, granted.proposalId)
    isDone(await box.admin.delete(`${box.base}/grants/${granted.name}`))

    const again = isDone(await grant(50)).body
    const { items } = (await box.admin.get(`${box.base}/grants`)).body
    expect(items).toContainEqual(expect.objectContaining({ name: again.name, state: "waiting" }))
  })
})
