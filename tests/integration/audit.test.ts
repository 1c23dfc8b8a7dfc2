import { canonicalize, commitment, parseStrictJson, type JsonValue } from "@deltaseal/guard/change"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { auditEventTypes } from "@/lib/audit/audit-event"
import { labelWhatIsDue } from "@/lib/jobs/label-due"
import { idPrefixes } from "@/lib/kernel/id"
import { type Caller } from "../support/api"
import { afterState, approve, beforeState, openRun, pendingWrite, readFile, spend } from "../support/calls"
import { approvedWrite, consumedWrite, report, vote } from "../support/deciding"
import { everyWriteHappens } from "../support/every-write-happens"
import { keyCaller, leavesOf, startWorld, type Leaf, type World } from "../support/world"

const words = {
  workflow: "workflow-of-the-clear",
  step: "step-of-the-clear",
  agent: "agent-of-the-clear",
  model: "model-of-the-clear",
  agentReason: "the agent says clear",
  voteReason: "the person says clear",
  receipt: "receipt-of-the-clear",
}

let world: World
let key: Caller
let leaves: Leaf[]
let fields: { eventId: string; name: string; salt: string; value: string }[]
let changeHashes: string[]

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  changeHashes = await everythingHappens()
  leaves = await leavesOf(world, world.ours.tenantId)
  const { rows } = await world.su.query<(typeof fields)[number]>(
    `SELECT event_id AS "eventId", field.* FROM audit_opening, unnest(names, salts, "values") AS field(name, salt, value)
     WHERE tenant_id = $1`,
    [world.ours.tenantId],
  )
  fields = rows
})

afterAll(() => world.close())

/** One of every kind of event that this version can bring about. */
async function everythingHappens(): Promise<string[]> {
  const reviewer = await world.as("reviewer")
  const admin = await world.as("admin")
  const { workflow, step, agent, model, agentReason: reason } = words
  const runId = await openRun(key, { workflow, step, actor: { agent, model } })
  await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: "clear/path.txt" }, reason })
  await key.post("/api/v1/tool-calls", {
    runId,
    tool: { ...readFile, name: "unheard_of" },
    input: {},
    reason,
  })
  await key.post("/api/v1/tool-calls", { unknown: "member" })
  const { body } = await key.post(`/api/v1/runs/${runId}/token`)
  await keyCaller(world.url, String(body.runToken)).post(`/api/v1/runs/${runId}/token`)

  const applied = await consumedWrite(key, reviewer)
  await spend(key, applied)
  await report(key, applied.executionId, {
    output: { sha256: "c".repeat(64), redacted: { note: words.receipt } },
    receipts: [{ type: "file", id: words.receipt }],
  })
  const failed = await consumedWrite(key, reviewer)
  await report(key, failed.executionId, { status: "failed", observedAfter: [beforeState] })
  const silent = await consumedWrite(key, reviewer)
  await world.su.query(
    "UPDATE execution SET started_at = started_at - interval '16 minutes' WHERE execution_id = $1",
    [silent.executionId],
  )
  await labelWhatIsDue()

  const denied = await pendingWrite(key, { reason })
  await vote(reviewer, denied, { decision: "deny", reason: words.voteReason })
  const stale = await approvedWrite(key, reviewer)
  await spend(key, stale, { observed: [afterState] })
  const twice = await pendingWrite(key)
  await setApproval(twice.approvalId, `required = '[{"group": "reviewers", "count": 2}]'`)
  await approve(reviewer, twice)
  await approve(admin, twice)
  await key.post(`/api/v1/approvals/${twice.approvalId}/cancel`)
  const late = await pendingWrite(key)
  await setApproval(late.approvalId, "expires_at = clock_timestamp()")
  await approve(reviewer, late)
  const closed = await pendingWrite(key)
  await approve(await world.as("auditor"), closed)
  await key.post(`/api/v1/runs/${closed.runId}/close`)

  await everyWriteHappens(world)

  return [applied, failed, silent, denied, stale, twice, late, closed].map(({ changeHash }) => changeHash)
}

async function setApproval(approvalId: string, set: string): Promise<void> {
  await world.su.query(`UPDATE approval SET ${set} WHERE approval_id = $1`, [approvalId])
}

/** Leaves that this version cannot write for a tenant, or only in another test. */
const unseen = [
  ...["approval.reopened", "epoch.started", "rule.took_effect", "request.refusals_counted"],
  ...["canary.approved", "canary.expired", "canary.dropped"],
]

test("everything that happens has its type of leaf", () => {
  const seen = new Set<string>(leaves.map(({ type }) => type))
  expect([...seen].sort()).toEqual(auditEventTypes.filter((type) => !unseen.includes(type)).sort())
})

describe("every leaf", () => {
  test("is the JCS of exactly v, eventId, at, type, actor, subject, epoch and fields", () => {
    for (const { bytes, body } of leaves) {
      expect(canonicalize(parseStrictJson(bytes))).toBe(bytes.toString("utf8"))
      expect(Object.keys(body)).toEqual(["actor", "at", "epoch", "eventId", "fields", "subject", "type", "v"])
      expect(Object.keys(body.actor)).toEqual(["id", "kind"])
      expect(Object.keys(body.subject)).toEqual(["id", "kind"])
      expect(body).toMatchObject({ v: 1, epoch: 1 })
      expect(Number.isSafeInteger(body.at)).toBe(true)
    }
  })

  test("agrees with the columns beside it", async () => {
    const { rows } = await world.su.query<Record<string, unknown> & { leaf: Buffer; at: Date }>(
      "SELECT * FROM audit_leaf WHERE tenant_id = $1",
      [world.ours.tenantId],
    )
    for (const row of rows) {
      const body = JSON.parse(row.leaf.toString("utf8")) as Leaf["body"]
      expect(row).toMatchObject({ event_id: body.eventId, type: body.type, epoch: body.epoch })
      expect(row.at.getTime()).toBe(body.at)
      for (const [column, name] of [
        ["run_id", "runId"],
        ["call_id", "callId"],
        ["approval_id", "approvalId"],
        ["execution_id", "executionId"],
      ] as const) {
        expect(row[column] ?? undefined).toBe(body.fields[name])
      }
    }
  })

  test("commits to exactly the fields that are kept beside it, and each commitment recomputes", () => {
    for (const { eventId, body } of leaves) {
      const kept = fields.filter((field) => field.eventId === eventId)
      const committed = Object.entries(body.fields).filter(([, value]) => typeof value === "object")
      expect(committed.map(([name]) => name).sort()).toEqual(kept.map(({ name }) => name).sort())

      for (const { name, salt, value } of kept) {
        const expected = commitment({ name, salt, value: JSON.parse(value) as JsonValue })
        expect([body.type, name, body.fields[name]]).toEqual([body.type, name, { commit: expected }])
      }
    }
    expect(fields.length).toBeGreaterThan(50)
  })

  test("says in the clear nothing but ids, words of ours, integers and truth", () => {
    const id = new RegExp(`^(${Object.values(idPrefixes).join("|")})_[0-9A-HJKMNP-TV-Z]{26}$`)
    const word = /^([a-z]+(_[a-z]+)*|T[0-4]_[A-Z_]+|(GET|POST) [a-z/{}-]+)$/i
    const list = {
      environments: /^[a-z]+( [a-z]+)*$/,
      scopes: /^[a-z:]+( [a-z:]+)*$/,
      parts: /^\d+(,\d+)*$/,
      // Of a canary: what proves it before, and what it is proved by.
      commitment: /^[0-9a-f]{64}$/,
      secret: /^[0-9a-f]{64}$/,
    } as Record<string, RegExp>
    for (const { body } of leaves) {
      const plain = Object.entries(body.fields).filter(([, value]) => typeof value !== "object")
      for (const [name, value] of plain) {
        const isFine =
          typeof value === "boolean" ||
          Number.isSafeInteger(value) ||
          (typeof value === "string" && (id.test(value) || (list[name] ?? word).test(value)))
        expect([body.type, name, value, isFine]).toEqual([body.type, name, value, true])
      }
      for (const party of [body.actor, body.subject]) {
        expect([body.type, party.id, id.test(party.id) || party.kind === "system"]).toEqual([
          body.type,
          party.id,
          true,
        ])
      }
    }
  })

  test("holds no digest, hash, reason, path or name in the clear", () => {
    const forbidden = [
      ...changeHashes,
      beforeState.digest,
      afterState.digest,
      ...Object.values(words),
      "docs/a.txt",
      "clear/path.txt",
      "write_file",
      "read_file",
      "unheard_of",
      "workspace",
      "1.4.0",
      "The client asked for it.",
      "Acme Dental",
      "Rhea Novak",
    ]
    for (const { bytes, type } of leaves) {
      const text = bytes.toString("utf8")
      expect([type, forbidden.filter((word) => text.includes(word))]).toEqual([type, []])
    }
  })

  test("comes after what it follows from", () => {
    const order = [
      "tool_call.pending",
      "approval.voted",
      "approval.approved",
      "approval.consumed",
      "execution.applied",
    ]
    const ids = [...new Set(leaves.flatMap(({ approvalId }) => approvalId ?? []))]
    expect(ids.length).toBeGreaterThan(5)
    for (const id of ids) {
      const own = leaves.filter(({ approvalId }) => approvalId === id)
      const ranks = own.map(({ type }) => order.indexOf(type)).filter((rank) => rank !== -1)
      expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
      expect(["tool_call.pending", "approval.derived"]).toContain(own[0]?.type)
      const times = own.map(({ body }) => body.at)
      expect(times).toEqual([...times].sort((a, b) => a - b))
    }
  })
})

test("every salt is 32 random bytes of its own", () => {
  expect(fields.every(({ salt }) => /^[0-9a-f]{64}$/.test(salt))).toBe(true)
  expect(new Set(fields.map(({ salt }) => salt)).size).toBe(fields.length)
  const bits = fields.map(
    ({ salt }) => [...Buffer.from(salt, "hex")].reduce((sum, byte) => sum + byte, 0) / 32,
  )
  expect(Math.abs(bits.reduce((sum, mean) => sum + mean, 0) / bits.length - 127.5)).toBeLessThan(15)
})

test("two leaves that commit to the same value do not show it", () => {
  const groups = new Map<string, typeof fields>()
  for (const field of fields) {
    const group = `${field.name} ${field.value}`
    groups.set(group, [...(groups.get(group) ?? []), field])
  }
  const repeated = [...groups.values()].filter(({ length }) => length > 1)
  expect(repeated.length).toBeGreaterThan(0)
  for (const same of repeated) {
    const commits = same.map(({ eventId, name }) =>
      JSON.stringify(leaves.find((leaf) => leaf.eventId === eventId)?.body.fields[name]),
    )
    expect(new Set(commits).size).toBe(same.length)
  }
})

describe("the log's only writer refuses", () => {
  const append = async (tenant: string | null, secret: object, salts: readonly string[]) => {
    const client = await world.app.connect()
    try {
      await client.query("BEGIN")
      if (tenant !== null) await client.query("SELECT set_config('app.tenant', $1, true)", [tenant])
      await client.query(
        `SELECT audit_append('evt_01J00000000000000000000000', 'run.closed', '{"kind":"system","id":"test"}',
           '{"kind":"system","id":"test"}', '{}', $1, $2)`,
        [JSON.stringify(secret), salts],
      )
    } finally {
      await client.query("ROLLBACK")
      client.release()
    }
  }
  const salt = (digit: string) => digit.repeat(64)

  test.each<[string, () => string | null, object, readonly string[]]>([
    ["a leaf of no tenant", () => null, {}, []],
    ["a leaf of a tenant that is not there", () => "ten_01J00000000000000000000000", {}, []],
    ["a secret without a salt", () => world.ours.tenantId, { a: 1 }, []],
    ["one salt for two secrets", () => world.ours.tenantId, { a: 1, b: 2 }, [salt("0"), salt("0")]],
    ["a short salt", () => world.ours.tenantId, { a: 1 }, ["00"]],
    ["a secret that is an object", () => world.ours.tenantId, { a: { b: 1 } }, [salt("0")]],
  ])("%s", async (_, tenant, secret, salts) => {
    await expect(append(tenant(), secret, salts)).rejects.toThrow()
  })

  test("nothing that is whole", async () => {
    await expect(append(world.ours.tenantId, { a: 1 }, [salt("0")])).resolves.toBeUndefined()
  })
})
