import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { canonicalize, parseStrictJson, type JsonObject } from "@deltaseal/guard/change"
import { type Caller } from "../support/api"
import { openRun } from "../support/calls"
import { report, typesFor } from "../support/deciding"
import {
  allowPaths,
  approvedRecord,
  askForRecord,
  makeRecordTool,
  pendingRecord,
  spendRecord,
  stateOf,
} from "../support/records"
import { newLeaves, startWorld, type World } from "../support/world"

const tool = "patch_contact"
const lead = { lifecycleStage: "Lead", owner: "ana", email: "ana@acme.example" }
const qualified = { ...lead, lifecycleStage: "MQL" }
const toQualified = [{ op: "replace", path: "/lifecycleStage", value: "MQL" }]

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
  await makeRecordTool(world, tool)
})

afterAll(() => world.close())

test("a record's change is read field by field, approved, spent with its version, and on record", async () => {
  const pending = await approvedRecord({ key, reviewer }, tool, {
    before: lead,
    patch: toQualified,
    version: "7",
  })
  expect(pending.approval).toMatchObject({
    sentence: "Updates 1 contact in crm: lifecycleStage",
    effects: ["touches /lifecycleStage on 1 contact"],
    diff: {
      type: "json_patch",
      preview: [{ op: "replace", path: "/lifecycleStage", from: "Lead", to: "MQL" }],
    },
    parts: [{ kind: "record", op: "update", before: stateOf(lead, "7"), after: stateOf(qualified) }],
  })

  const spent = await spendRecord(key, pending, stateOf(lead, "7"))
  expect(spent.status, spent.text).toBe(200)
  const outcome = await report(key, String(spent.body.executionId), {
    observedAfter: [stateOf(qualified, "8")],
  })
  expect(outcome.body).toMatchObject({ status: "applied", matchesApproved: true })
})

test.each([
  ["another version of the same content", stateOf(lead, "8")],
  ["no version", stateOf(lead)],
  ["other content under the same version", stateOf(qualified, "7")],
  ["nothing", { state: "absent" } as const],
])("what a record must be when its change is spent is what was reviewed: not %s", async (_, observed) => {
  const pending = await approvedRecord({ key, reviewer }, tool, {
    before: lead,
    after: qualified,
    version: "7",
    id: "c_moved",
  })

  expect((await spendRecord(key, pending, observed)).body.code).toBe("before_changed")
  expect((await typesFor(world, pending)).at(-1)).toBe("approval.stale")
})

test("a before that is not what the last execution left is flagged, whatever its version", async () => {
  const id = "c_known"
  const first = await approvedRecord({ key, reviewer }, tool, {
    before: lead,
    after: qualified,
    version: "1",
    id,
  })
  const spent = await spendRecord(key, first, stateOf(lead, "1"))
  await report(key, String(spent.body.executionId), { observedAfter: [stateOf(qualified, "2")] })

  const expected = await pendingRecord(key, tool, { before: qualified, after: lead, version: "2", id })
  const moved = await pendingRecord(key, tool, { before: { owner: "eve" }, after: lead, version: "2", id })
  expect(expected.approval.flags).toEqual([])
  expect(moved.approval.flags).toEqual(["sensitive_field", "before_unexpected"])
})

test("names and values that mean something elsewhere come back as they were", async () => {
  const after = parseStrictJson(
    Buffer.from('{"__proto__":{"constructor":{"prototype":1}},"a\\u0000b":"\\u0000","~/":[null]}'),
  ) as JsonObject
  const { approval, approvalId } = await pendingRecord(key, tool, { before: {}, after, id: "c_odd" })

  const preview = [
    { op: "add", path: "/__proto__", to: after["__proto__"] },
    { op: "add", path: "/a\0b", to: "\0" },
    { op: "add", path: "/~0~1", to: [null] },
  ]
  const again = await key.get(`/api/v1/approvals/${approvalId}`)
  for (const { diff } of [approval, again.body]) {
    expect(canonicalize(diff)).toBe(canonicalize({ type: "json_patch", preview } as unknown as JsonObject))
  }
  expect(approval).toMatchObject({ flags: ["hidden_characters"], parts: [{ hiddenCharacters: 2 }] })
  expect(approval.sentence).not.toContain("\0")
})

test.each([
  [
    "a patch of what is not there",
    { before: lead, patch: [{ op: "remove", path: "/none" }] },
    "invalid_patch",
  ],
  ["a patch that does nothing", { before: lead, patch: [] }, "no_change"],
  ["neither after nor patch", { before: lead }, "unsupported_change"],
  ["both", { before: lead, after: qualified, patch: toQualified }, "unsupported_change"],
  ["a list", { before: lead, after: [] as unknown as JsonObject }, "invalid_request"],
])("refuses %s with a code of its own, and asks nobody", async (_, change, code) => {
  const { value, leaves } = await newLeaves(world, () => askForRecord(key, tool, change))

  expect(value).toMatchObject({ status: 422, body: { code } })
  expect(leaves.map(({ type }) => type)).not.toContain("tool_call.pending")
})

describe("a tool that may change some fields only", () => {
  const narrow = "patch_stage"
  const allowed = ["/lifecycleStage", "/owner", "/notes"]
  const toEmail = { ...lead, email: "eve@evil.example" }

  beforeAll(async () => {
    await makeRecordTool(world, narrow, { patchPaths: allowed })
    await makeRecordTool(world, "patch_at_once", { tier: "T1_REVERSIBLE_WRITE", patchPaths: allowed })
  })

  test("asks for those", async () => {
    const pending = await pendingRecord(key, narrow, { before: lead, patch: toQualified })
    expect(pending.approval.status).toBe("pending")
  })

  test.each([
    ["in a patch", { before: lead, patch: [{ op: "replace", path: "/email", value: "eve@evil.example" }] }],
    ["in a whole after, beside an allowed one", { before: lead, after: { ...toEmail, owner: "eve" } }],
    [
      "by moving it away and copying it back",
      {
        before: lead,
        patch: [
          { op: "replace", path: "/owner", value: "eve@evil.example" },
          { op: "move", from: "/owner", path: "/email" },
          { op: "add", path: "/owner", value: "ana" },
        ],
      },
    ],
  ])("is refused another, however it is said: %s", async (_, change) => {
    const { value, leaves } = await newLeaves(world, () => askForRecord(key, narrow, change))

    expect(value).toMatchObject({
      status: 403,
      body: {
        code: "policy_denied",
        reasons: [
          {
            code: "patch_path_not_allowed",
            message: "The tool may not change /email.",
            path: "/change/parts/0",
          },
        ],
      },
    })
    expect(leaves.map(({ type }) => type)).toEqual(["run.opened", "tool_call.denied"])
  })

  test.each([
    ["made", { before: null, after: { owner: "ana" } }],
    ["deleted", { before: lead, after: null }],
  ])("cannot have a record %s", async (_, change) => {
    expect((await askForRecord(key, narrow, change)).body).toMatchObject({
      code: "policy_denied",
      reasons: [{ code: "patch_path_not_allowed", message: "The tool may not change whole records." }],
    })
  })

  test("is refused as well where nobody would be asked", async () => {
    expect((await askForRecord(key, "patch_at_once", { before: lead, after: toEmail })).status).toBe(403)
    expect((await askForRecord(key, "patch_at_once", { before: lead, after: qualified })).status).toBe(200)
  })

  test.each([
    ["cancels what may no longer be changed", ["/owner"], "policy_changed", "cancelled"],
    ["lets through what still may", ["/lifecycleStage"], null, "consumed"],
    ["lets through what may now be changed anyway", null, null, "consumed"],
  ] as const)("a list that moved since the vote %s", async (_, paths, code, status) => {
    const pending = await approvedRecord({ key, reviewer }, narrow, { before: lead, after: qualified })
    await allowPaths(world, narrow, paths)
    const spent = await spendRecord(key, pending, stateOf(lead))
    await allowPaths(world, narrow, allowed)

    expect(spent.body.code ?? null).toBe(code)
    expect((await key.get(`/api/v1/approvals/${pending.approvalId}`)).body.status).toBe(status)
  })
})

test("the same request again gets the same field table", async () => {
  const runId = await openRun(key)
  const ask = () =>
    key.post(
      "/api/v1/tool-calls",
      {
        runId,
        tool: { server: "workspace", name: tool, version: "1.0.0" },
        input: {},
        change: {
          parts: [
            {
              kind: "record",
              target: { system: "crm", type: "contact", id: "c_again" },
              before: lead,
              patch: toQualified,
            },
          ],
        },
      },
      { "idempotency-key": runId },
    )
  const [first, second] = [await ask(), await ask()]

  expect(second.body.approval).toEqual(first.body.approval)
})
