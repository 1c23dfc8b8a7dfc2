import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Caller, type Reply } from "../support/api"
import { aWrite, openRun } from "../support/calls"
import { permitIn, putInForce } from "../support/rules"
import { startWorld, type World } from "../support/world"

let world: World
let key: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
})
afterAll(() => world.close())

const asks = "rules:\n  - {name: all, effect: require_approval}\n"
const ends = () => `${new Date(Date.now() + 60 * 60 * 1_000).toISOString().slice(0, 19)}Z`
const grant = (
  name: string,
  maxUses: number,
  more: { until?: string; glob?: string } = {},
) => `  - name: ${name}
    match: {server: [workspace], tool: [write_file], environment: [prod]}
    effect: allow
    paths: {allow: ["${more.glob ?? "docs/*.txt"}"]}
    grant: {from: appr_01J00000000000000000000000, ops: [update], maxUses: ${maxUses}, until: ${more.until ?? ends()}}
`
const write = (runId: string, more?: Record<string, string>) =>
  key.post("/api/v1/tool-calls", aWrite(runId), more)
const counts = (replies: readonly Reply[]) => ({
  allowed: replies.filter(({ status }) => status === 200).length,
  asked: replies.filter(({ status }) => status === 202).length,
})
const many = (count: number, work: (index: number) => Promise<Reply>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))

describe("a grant in force", () => {
  test.each([1, 7, 40])(
    "of %i uses lets exactly so many of 64 callers at once through; people are asked for the rest",
    async (uses) => {
      await putInForce(world, `${asks}${grant(`uses-${uses}`, uses)}`)
      const runs = await Promise.all([openRun(key), openRun(key)])
      const replies = await many(64, (index) => write(runs[index % 2] ?? ""))

      expect(counts(replies)).toEqual({ allowed: uses, asked: 64 - uses })
      const allowed = replies.find(({ status }) => status === 200)
      if (allowed === undefined) throw new Error("Nothing was allowed.")
      expect(permitIn(allowed)).toMatchObject({ exemption: { kind: "grant", grantId: `uses-${uses}` } })
      expect(permitIn(allowed)).not.toHaveProperty("approvalId")
    },
  )

  test("keeps its count when the policy is published again, and has more uses only where it says more", async () => {
    await putInForce(world, `${asks}${grant("kept", 2)}`)
    const runId = await openRun(key)
    expect(counts(await many(2, () => write(runId)))).toEqual({ allowed: 2, asked: 0 })
    await putInForce(world, asks)
    await putInForce(world, `${asks}${grant("kept", 2)}tainted: deny\n`)
    expect((await write(runId)).status).toBe(202)
    await putInForce(world, `${asks}${grant("kept", 3)}`)
    expect(counts(await many(3, () => write(runId)))).toEqual({ allowed: 1, asked: 2 })
  })

  test("counts a call once that is asked for again, and says the same", async () => {
    await putInForce(world, `${asks}${grant("once", 2)}`)
    const runId = await openRun(key)
    const repeat = { "idempotency-key": `grant-${runId}` }
    const [first, second] = [await write(runId, repeat), await write(runId, repeat)]
    expect(second.body.executionId).toBe(first.body.executionId)
    expect(permitIn(second)).toMatchObject({ exemption: { kind: "grant", grantId: "once" } })
    expect(counts(await many(2, () => write(runId)))).toEqual({ allowed: 1, asked: 1 })
  })

  test("is not about another path, and not there once its time is up", async () => {
    await putInForce(world, `${asks}${grant("elsewhere", 5, { glob: "docs/b.txt" })}`)
    const runId = await openRun(key)
    expect((await write(runId)).body).toMatchObject({
      decision: "pending",
      approval: {
        matchedRule: "all",
        checks: expect.arrayContaining([expect.objectContaining({ check: "grant" })]),
      },
    })
    await putInForce(world, `${asks}${grant("over", 5, { until: "2026-01-01T00:00:00Z" })}`)
    expect((await write(runId)).status).toBe(202)
  })
})
