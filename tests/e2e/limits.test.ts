import { afterAll, beforeAll, expect, test } from "vitest"
import type { Caller, Reply } from "@/tests/support/api"
import { aWrite, openRun, readFile } from "@/tests/support/calls"
import { seedInstallation, type Installation } from "@/tests/support/installation"
import { settingsFor, startNode, type ServerNode } from "@/tests/support/node"
import { sharedPostgres, type SharedPostgres } from "@/tests/support/shared-postgres"
import { putInForce } from "@/tests/support/rules"

let postgres: SharedPostgres
let installation: Installation
let nodes: readonly ServerNode[]
/** One API key, used at both nodes. */
let callers: readonly Caller[]

beforeAll(async () => {
  postgres = sharedPostgres()
  const database = await postgres.newDemo()
  nodes = await Promise.all([startNode(settingsFor(database)), startNode(settingsFor(database))])
  installation = await seedInstallation(database)
  callers = nodes.map(({ url }) => installation.key(url))
})

afterAll(async () => {
  await installation.close()
  await Promise.all(nodes.map((node) => node.stop()))
  await postgres.close()
})

async function inForce(effect: string, limits: string): Promise<void> {
  const { su, tenantId } = installation
  const text = `rules: [{name: all, effect: ${effect}}]\nlimits: ${limits}\n`
  await putInForce({ su, ours: { tenantId, ownerId: "per_test" } }, text)
}

async function run(): Promise<string> {
  const [first] = callers
  if (first === undefined) throw new Error("There are two.")
  return openRun(first)
}

/** 64 callers at once, half of them at each of the two processes. */
async function statuses(ask: (caller: Caller) => Promise<Reply>): Promise<Record<number, number>> {
  const replies = await Promise.all(
    Array.from({ length: 32 }, () => callers.map((caller) => ask(caller))).flat(),
  )
  const counts: Record<number, number> = {}
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1

  return counts
}

test.each([1, 9, 33])(
  "64 callers over two processes: %i calls of a run pass, and none more",
  async (limit) => {
    await inForce("allow", `{run: {toolCalls: ${limit}}}`)
    const runId = await run()
    const read = { runId, tool: readFile, input: { path: "a" } }
    const ask = (caller: Caller) => caller.post("/api/v1/tool-calls", read)

    expect(await statuses(ask)).toEqual({ 200: limit, 429: 64 - limit })
    expect(await statuses(ask)).toEqual({ 429: 64 })
  },
)

test("64 callers over two processes: as many approvals are open as the tenant may have", async () => {
  await inForce("require_approval", "{tenant: {pendingApprovals: 7}}")
  const runId = await run()

  expect(await statuses((caller) => caller.post("/api/v1/tool-calls", aWrite(runId)))).toEqual({
    202: 7,
    429: 57,
  })
  const { rows } = await installation.su.query(
    "SELECT place FROM approval WHERE status = 'pending' ORDER BY 1",
  )
  expect(rows).toEqual(Array.from({ length: 7 }, (_, index) => ({ place: index + 1 })))
})
