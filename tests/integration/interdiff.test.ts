import { afterAll, beforeAll, expect, test } from "vitest"
import { sha256Hex } from "@deltaseal/guard/change"
import type { Caller, Reply } from "../support/api"
import { approve, openRun, type Pending } from "../support/calls"
import { vote } from "../support/deciding"
import { keyCaller, makeKey, makeTool, startWorld, type World } from "../support/world"

const tool = { server: "workspace", name: "do_anything", version: "1.0.0" }

const file = (path: string, text: string | null, before: string | null = "old\n", more: object = {}) => ({
  kind: "file",
  target: { workspace: "main", path, ...more },
  before: before === null ? null : { text: before },
  after: text === null ? null : { text },
})
const record = (id: string, after: object) => ({
  kind: "record",
  target: { system: "crm", type: "contact", id },
  before: { stage: "Lead", __proto__x: null },
  after,
})
const config = (text: string) => ({
  kind: "config",
  target: { system: "app", name: "prod.yaml" },
  format: "yaml",
  before: { text: "replicas: 2\n" },
  after: { text },
})

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
  await makeTool(world, { name: tool.name, tier: "T2_IRREVERSIBLE_WRITE" })
})
afterAll(() => world.close())

async function ask(parts: readonly unknown[], run: string | null = null, by = key): Promise<Pending> {
  const runId = run ?? (await openRun(by))
  const reply = await by.post("/api/v1/tool-calls", { runId, tool, input: {}, change: { parts } })
  if (reply.status !== 202) throw new Error(reply.text)
  const { approval } = reply.body
  return { runId, approval, approvalId: approval.approvalId, changeHash: approval.changeHash }
}

const interdiffOf = (who: Caller, { approvalId }: Pending): Promise<Reply> =>
  who.get(`/api/v1/approvals/${approvalId}/interdiff`)

const deny = (pending: Pending, reason: string) => vote(reviewer, pending, { decision: "deny", reason })

test("nothing is said of a target that nobody asked for before", async () => {
  const first = await ask([file("first.md", "new\n")])

  expect(await interdiffOf(key, first)).toMatchObject({
    status: 200,
    body: { approvalId: first.approvalId, earlier: [], parts: [] },
  })
})

test("a new request says what changed since the one that was denied, who denied it and why", async () => {
  const denied = await ask([file("a.md", "old\nprice 10\n")])
  await deny(denied, "Too cheap.")
  const again = await ask([file("b.md", "x\n"), file("a.md", "old\nprice 12\n")])

  for (const who of [key, reviewer]) {
    const { body } = await interdiffOf(who, again)
    expect(body.earlier).toMatchObject([
      {
        approvalId: denied.approvalId,
        runId: denied.runId,
        status: "denied",
        decidedAt: expect.any(String) as string,
        votes: [{ decision: "deny", reason: "Too cheap.", name: expect.any(String) as string }],
        reviewUrl: expect.stringContaining(denied.approvalId) as string,
      },
    ])
    expect(body.parts).toMatchObject([
      {
        position: 2,
        earlierApprovalId: denied.approvalId,
        isSameBefore: true,
        result: "different",
        isWhole: false,
      },
    ])
    expect(body.parts[0].diff.preview).toContain("-price 10\n+price 12\n")
    expect(body.parts[0]).toMatchObject({ added: 1, removed: 1, hiddenCharacters: 0, why: null })
  }
})

test("the last decided request counts, else the last one, and none that came later", async () => {
  const decided = await ask([file("order.md", "1\n")])
  await approve(reviewer, decided)
  const undecided = await ask([file("order.md", "2\n")])
  const now = await ask([file("order.md", "3\n")])
  await deny(await ask([file("order.md", "4\n")]), "No.")

  expect((await interdiffOf(key, now)).body.earlier).toMatchObject([{ approvalId: decided.approvalId }])
  expect((await interdiffOf(key, undecided)).body.earlier).toMatchObject([{ approvalId: decided.approvalId }])
  expect((await interdiffOf(key, decided)).body.earlier).toEqual([])

  const [older, newer] = [await ask([file("open.md", "1\n")]), await ask([file("open.md", "2\n")])]
  const third = await ask([file("open.md", "1\n", "moved on\n")])
  const { body } = await interdiffOf(key, third)
  expect(body.earlier).toMatchObject([
    { approvalId: newer.approvalId, status: "pending", decidedAt: null, votes: [] },
  ])
  expect(body.parts).toMatchObject([{ isSameBefore: false, result: "different" }])
  expect((await interdiffOf(key, newer)).body.earlier).toMatchObject([{ approvalId: older.approvalId }])
})

test("records differ member by member, configs by line, a deletion and a move are told", async () => {
  const first = await ask([
    record("c_1", { stage: "MQL", owner: null }),
    config("replicas: 3\n"),
    file("gone.md", "kept\n"),
    file("to.md", "same\n", "same\n", { from: "from.md" }),
  ])
  const again = await ask([
    record("c_1", { stage: "SQL", owner: null }),
    config("replicas: 3 # three\n"),
    file("gone.md", null),
    file("to.md", "created\n", null),
  ])
  const { parts, earlier } = (await interdiffOf(key, again)).body

  expect(earlier).toMatchObject([{ approvalId: first.approvalId }])
  expect(parts).toMatchObject([
    { diff: { type: "json_patch", preview: [{ op: "replace", path: "/stage", from: "MQL", to: "SQL" }] } },
    { diff: { type: "unified", preview: expect.stringContaining("+replicas: 3 # three\n") as string } },
    { diff: { preview: expect.stringContaining("deleted file mode") as string }, removed: 1 },
    { isSameBefore: false, diff: { preview: expect.stringContaining("-same\n+created\n") as string } },
  ])
})

test("the same again is the same, with another mode it is not", async () => {
  await ask([file("mode.sh", "run\n")])
  const same = await ask([file("mode.sh", "run\n")])
  const executable = await ask([{ ...file("mode.sh", "run\n"), after: { text: "run\n", mode: "100755" } }])

  expect((await interdiffOf(key, same)).body.parts).toMatchObject([{ result: "same", diff: null, why: null }])
  expect((await interdiffOf(key, executable)).body.parts).toMatchObject([
    { result: "different", diff: { preview: expect.stringContaining("new mode 100755") as string } },
  ])
})

test("content past the limit, and content that was erased, is not compared and says so", async () => {
  const large = (letter: string) => `${letter.repeat(1024 * 1024 - 1)}\n`
  const paths = ["1", "2", "3", "4", "5"].map((name) => `large/${name}.txt`)
  await ask(paths.map((path) => file(path, large(`a`), null)))
  const again = await ask(paths.map((path) => file(path, large(`b`), null)))
  expect((await interdiffOf(key, again)).body.parts.map(({ why }: { why: unknown }) => why)).toEqual([
    null,
    null,
    null,
    null,
    "too_large",
  ])

  await ask([file("erased.md", "to be erased\n")])
  const next = await ask([file("erased.md", "next\n")])
  await world.su.query("DELETE FROM blob WHERE digest = $1", [sha256Hex("to be erased\n")])
  expect((await interdiffOf(key, next)).body.parts).toMatchObject([
    { result: "not_compared", why: "erased", diff: null },
  ])
})

test("a key without poll, a key of another environment and a run token learn nothing of other runs", async () => {
  const denied = await ask([file("reach.md", "1\n")])
  const run = await key.post("/api/v1/runs", {
    environment: "prod",
    workflow: "nightly-content",
    actor: { agent: "claude" },
  })
  const again = await ask([file("reach.md", "2\n")], String(run.body.runId))
  const token = keyCaller(world.url, String(run.body.runToken))
  const { caller: blind } = await makeKey(world, { scopes: ["request"] })
  const { caller: elsewhere } = await makeKey(world, { environments: ["dev"] })

  expect((await interdiffOf(key, again)).body.earlier).toMatchObject([{ approvalId: denied.approvalId }])
  expect(await interdiffOf(token, again)).toMatchObject({ status: 200, body: { earlier: [], parts: [] } })
  expect(await interdiffOf(token, denied)).toMatchObject({ status: 404 })
  expect(await interdiffOf(blind, again)).toMatchObject({ status: 403, body: { code: "scope_missing" } })
  expect(await interdiffOf(elsewhere, again)).toMatchObject({ status: 404 })
  expect(await interdiffOf(world.theirs.key, again)).toMatchObject({ status: 404 })
})
