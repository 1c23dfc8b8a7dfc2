import { randomBytes } from "node:crypto"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { csrfTokenOf } from "@/lib/auth/csrf"
import { parseKey } from "@/lib/keys/api-key"
import { newNonce, type Caller, type Reply } from "../support/api"
import { approve, openRun, spend, type Pending } from "../support/calls"
import { report, vote } from "../support/deciding"
import { makeKey, makePerson, makeTool, startWorld, type World } from "../support/world"

/** A word that nothing else in the world contains. */
const canary = (name: string) => `canary${name}${randomBytes(8).toString("hex")}`

/** Longer than an event shows of a text. */
const long = (word: string) => `${word} ${"x".repeat(300)}\n`

const told = {
  before: canary("Before"),
  after: canary("After"),
  /** Short texts of an input are shown in events, so that people can follow a run. */
  input: canary("Input"),
  /** Looks like a secret. */
  token: `sk_live_${canary("Token")}`,
  pasted: `dsl_live_${"A".repeat(20)}_${canary("Pasted")}${"B".repeat(30)}`,
  /** Named like a secret. */
  password: canary("Password"),
  nested: canary("Nested"),
  name: `sk_live_${canary("Name")}`,
  /** Marked x-sensitive by the tool's schema. */
  marked: canary("Marked"),
  reason: canary("Reason"),
  voteReason: canary("VoteReason"),
  output: `ghp_${canary("Output")}${"a".repeat(20)}`,
  receipt: `xoxb-${canary("Receipt")}`,
  idempotencyKey: canary("Idempotency"),
  nonce: newNonce(),
  /** In requests that are refused or fail. */
  unknownTool: canary("Tool"),
  refusedInput: canary("Refused"),
  brokenBody: canary("Broken"),
  failedReason: canary("Failed"),
  header: canary("Header"),
}

/** Where a word may stand in plain, because people have to read it there. */
const readable: Partial<Record<keyof typeof told, readonly string[]>> = {
  input: ["tool_call.input_redacted"],
  reason: ["audit_opening.values", "tool_call.agent_reason"],
  voteReason: ["audit_opening.values", "vote.reason"],
  /** A denied call is on record with its reason, and with the name of the tool that nobody had heard of. */
  failedReason: ["audit_opening.values", "tool_call.agent_reason"],
  unknownTool: ["audit_opening.values", "tool_call.checks", "tool_call.name", "tool_call.reasons"],
}

let world: World
let key: Caller
let credentials: Record<string, string>
const replies: Reply[] = []
let events: string
let approvalText: string

beforeAll(async () => {
  world = await startWorld()
  const made = await makeKey(world)
  const reviewer = await makePerson(world, { role: "reviewer" })
  key = made.caller
  credentials = {
    key: made.text,
    keySecret: parseKey(made.text)?.secret ?? "",
    seededKey: world.demo.tenants[0]?.apiKey ?? "",
    cookie: (reviewer.caller.headers["cookie"] ?? "").slice("next-auth.session-token=".length),
    csrf: csrfTokenOf(reviewer.sessionId),
    ...Object.fromEntries(
      world.demo.people.map(({ role, password }) => [`password of the ${role}`, password]),
    ),
  }
  await theWholeJob(reviewer.caller)
  await everythingThatFails(reviewer.caller)
})

afterAll(() => world.close())

const tool = { server: "workspace", name: "guarded_write", version: "1.0.0" }

const aCall = (runId: string, reason: string, input: object) => ({
  runId,
  tool,
  input,
  reason,
  change: {
    parts: [
      {
        kind: "file",
        target: { workspace: "main", path: "docs/secret.txt" },
        before: { text: long(told.before) },
        after: { text: long(told.after) },
      },
    ],
  },
})

const keep = (reply: Reply) => {
  replies.push(reply)
  return reply
}

async function theWholeJob(reviewer: Caller): Promise<void> {
  await makeTool(world, {
    name: tool.name,
    tier: "T2_IRREVERSIBLE_WRITE",
    inputSchema: {
      type: "object",
      properties: { keep: { $ref: "#/$defs/hidden" } },
      $defs: { hidden: { type: "string", "x-sensitive": true } },
    },
  })
  const runId = await openRun(key)
  const input = {
    content: long(told.after),
    note: told.input,
    token: told.token,
    pasted: `please use ${told.pasted} thanks`,
    password: told.password,
    client_secret: { value: [told.nested] },
    keep: told.marked,
    [told.name]: 1,
  }
  const headers = { "idempotency-key": told.idempotencyKey, "x-canary": told.header }
  const asked = keep(await key.post("/api/v1/tool-calls", aCall(runId, told.reason, input), headers))
  if (asked.status !== 202) throw new Error(asked.text)
  const { approval } = asked.body
  const pending: Pending = {
    runId,
    approval,
    approvalId: approval.approvalId,
    changeHash: approval.changeHash,
  }

  keep(
    await reviewer.post(`/api/v1/approvals/${pending.approvalId}/votes`, {
      decision: "approve",
      changeHash: pending.changeHash,
      reason: told.voteReason,
    }),
  )
  const before = { ...approval.parts[0].before }
  const spent = keep(await spend(key, pending, { nonce: told.nonce, observed: [before] }))
  if (spent.status !== 200) throw new Error(spent.text)
  credentials = { ...credentials, permit: String(spent.body.permit) }
  keep(
    await report(key, spent.body.executionId, {
      observedAfter: [approval.parts[0].after],
      output: { sha256: "a".repeat(64), redacted: { said: told.output } },
      receipts: [{ type: "message", id: told.receipt }],
    }),
  )
  events = (await key.get(`/api/v1/runs/${runId}/events`)).text
  approvalText = (await key.get(`/api/v1/approvals/${pending.approvalId}`)).text
}

/** Refusals and failures of every kind, with words in them that nobody should repeat. */
async function everythingThatFails(reviewer: Caller): Promise<void> {
  const runId = await openRun(key)
  const post = async (body: unknown) => keep(await key.post("/api/v1/tool-calls", body))
  await post({ ...aCall(runId, told.failedReason, {}), tool: { ...tool, name: told.unknownTool } })
  await post({ ...aCall(runId, told.failedReason, { keep: 7, content: long(told.refusedInput) }) })
  await post(`{"runId": "${told.brokenBody}`)
  await post({ ...aCall(runId, `${told.failedReason}\u0000`, {}) })
  await post({ ...aCall(runId, told.failedReason, {}), change: { parts: [{ kind: told.brokenBody }] } })

  const asked = await key.post("/api/v1/tool-calls", aCall(runId, "fine", {}))
  const { approval } = asked.body
  const pending: Pending = {
    runId,
    approval,
    approvalId: approval.approvalId,
    changeHash: approval.changeHash,
  }
  await world.owner.query("REVOKE INSERT ON audit_leaf FROM deltaseal_app")
  await post(aCall(runId, told.failedReason, { content: long(told.refusedInput) }))
  keep(await vote(reviewer, pending, { decision: "deny", reason: told.failedReason }))
  await world.owner.query("GRANT INSERT ON audit_leaf TO deltaseal_app")

  // An error of the database that quotes the row, as some do.
  await world.owner.query(
    `CREATE FUNCTION quote_row() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN RAISE EXCEPTION 'broken' USING DETAIL = NEW.agent_reason, HINT = NEW.input_redacted; END $$;
     CREATE TRIGGER quote BEFORE INSERT ON tool_call FOR EACH ROW EXECUTE FUNCTION quote_row()`,
  )
  await post(aCall(runId, told.failedReason, { content: long(told.refusedInput) }))
  await world.owner.query("DROP TRIGGER quote ON tool_call; DROP FUNCTION quote_row()")
  await approve(reviewer, pending)
}

const found = (text: string, words: Record<string, string>) =>
  Object.entries(words)
    .filter(([, word]) => text.includes(word))
    .map(([name]) => name)

test("the failures that were asked for happened", () => {
  expect(replies.some(({ status }) => status === 500)).toBe(true)
  expect(new Set(replies.map(({ status }) => Math.floor(status / 100)))).toEqual(new Set([2, 4, 5]))
})

describe("no secret and no content is repeated", () => {
  test("in any line of the process log", () => {
    const logs = world.logs()
    expect(logs).toContain("request failed")
    expect(found(logs, credentials)).toEqual([])
    expect(found(logs, told)).toEqual([])
  })

  test("in any problem document", () => {
    const problems = replies.filter(({ status }) => status >= 400)
    expect(problems.length).toBeGreaterThan(6)
    for (const { text } of problems) {
      expect(found(text, credentials)).toEqual([])
      // The name of a tool that nobody registered goes back to whoever sent it.
      expect(found(text, told).filter((name) => name !== "unknownTool")).toEqual([])
    }
  })

  test("in a run's events, but for the short words of its redacted input", () => {
    expect(found(events, credentials)).toEqual([])
    expect(found(events, told)).toEqual(["input"])
    expect(events).toContain("[redacted: looks like a secret]")
    expect(events).toContain("[redacted: named like a secret]")
    expect(events).toContain("[redacted: marked sensitive]")
  })

  test("in an approval, but for its diff and the reasons that people gave", () => {
    expect(found(approvalText, credentials)).toEqual([])
    expect(found(approvalText, told)).toEqual(["before", "after", "reason", "voteReason"])
  })

  test("in any answer that is not the diff's or the permit's own", () => {
    for (const { text } of replies) {
      const { permit: _own, ...others } = credentials
      expect(found(text, others)).toEqual([])
    }
  })
})

describe("the database holds in plain", () => {
  test("no credential, in any form", async () => {
    const forms = Object.entries(credentials).flatMap(([name, word]) => formsOf(name, word))
    for (const [name, form] of forms) expect([name, await columnsWith(form)]).toEqual([name, []])
  })

  test.each(Object.entries(told))("%s only where people must read it", async (name, word) => {
    const expected = readable[name as keyof typeof told] ?? []
    const columns = new Set<string>()
    for (const [, form] of formsOf(name, word)) {
      for (const column of await columnsWith(form)) columns.add(column)
    }
    expect([...columns].sort()).toEqual(expected)
  })

  test("and the search would find it: contents are there, sealed", async () => {
    const { rowCount } = await world.su.query("SELECT 1 FROM blob WHERE tenant_id = $1", [
      world.ours.tenantId,
    ])
    expect(rowCount).toBeGreaterThan(3)
    await world.su.query("UPDATE blob SET sealed = $1", [Buffer.from(`... ${told.after} ...`)])
    expect(await columnsWith(Buffer.from(told.after).toString("hex"))).toEqual(["blob.sealed"])
  })
})

/** A word as text, as the hex in which PostgreSQL shows bytes, and as base64. */
function formsOf(name: string, word: string): [string, string][] {
  const bytes = Buffer.from(word)
  return [
    [name, word],
    [`${name} in hex`, bytes.toString("hex")],
    [`${name} in base64`, bytes.toString("base64").replace(/=+$/, "")],
  ]
}

/** Every column of every table that holds a text, whatever its type. */
async function columnsWith(text: string): Promise<string[]> {
  const { rows: columns } = await world.su.query<{ table: string; column: string }>(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
     WHERE table_schema = 'public' ORDER BY 1, 2`,
  )
  const { rows } = await world.su.query<Record<string, boolean>>(
    `SELECT ${columns
      .map(
        ({ table, column }) =>
          `EXISTS (SELECT FROM "${table}" WHERE position($1 IN "${column}"::text) > 0) AS "${table}.${column}"`,
      )
      .join(", ")}`,
    [text],
  )
  return Object.entries(rows[0] ?? {})
    .filter(([, holds]) => holds)
    .map(([name]) => name)
}
