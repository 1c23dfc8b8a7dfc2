import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { labelWhatIsDue } from "@/lib/jobs/label-due"
import { newId } from "@/lib/operations/new-id"
import type { Caller } from "../support/api"
import { approve, aWrite, openRun, pendingWrite, spend, writeFile, type Pending } from "../support/calls"
import { consumedWrite, pendingWriteIn } from "../support/deciding"
import { pendingPlan, votePlan } from "../support/plans"
import { kill, openPair, statusesOf } from "../support/stopping"
import { makeKey, makePerson, makeTool, newLeaves, startWorld, type World } from "../support/world"

let world: World
let owner: Caller
let reviewer: Caller
let tenantId: string

beforeAll(async () => {
  world = await startWorld()
  owner = await world.as("owner")
  reviewer = await world.as("reviewer")
  tenantId = world.ours.tenantId
})

afterAll(() => world.close())

describe("a run", () => {
  test("is closed for good, with everything open in it, a leaf each, and its reason kept", async () => {
    const pending = await pendingWrite(world.ours.key)
    const preview = await owner.get(`/api/v1/kill/preview?scope=run&ids=${pending.runId}`)
    expect(preview.body).toMatchObject({ openRuns: 1, pendingApprovals: 1, approvedApprovals: 0, keys: 0 })
    expect(preview.body.targets).toEqual([
      { id: pending.runId, tenantId, name: "nightly-content", isStopped: false },
    ])

    const { value, leaves } = await newLeaves(world, () => kill(owner, "run", pending.runId))
    expect([value.status, value.text]).toEqual([200, value.text])
    expect(value.body.stopped).toEqual([
      { id: pending.runId, stopId: null, wasStopped: false, cancelledApprovals: 1 },
    ])
    expect(leaves.map(({ type }) => type)).toEqual(["run.closed", "approval.cancelled"])
    expect(await statusesOf(world, pending)).toEqual(["cancelled run_closed"])
    expect(leaves[0]?.body.fields["reason"]).toEqual({ commit: expect.any(String) })

    const call = await world.ours.key.post("/api/v1/tool-calls", aWrite(pending.runId))
    expect(call.body.reasons[0].code).toBe("run_closed")
    expect((await kill(owner, "run", pending.runId)).body.stopped[0]).toMatchObject({ wasStopped: true })
  })
})

describe("denying and stopping the run", () => {
  const denyAndStop = (who: Caller, { approvalId, changeHash }: Pending, changes: object = {}) =>
    who.post(`/api/v1/approvals/${approvalId}/votes`, {
      ...{ decision: "deny", changeHash, reason: "It does not know what it is doing.", stopRun: true },
      ...changes,
    })
  const admin = async () => (await makePerson(world, { role: "admin" })).caller

  test("is one act: the change is denied, the run closed and what else waits in it cancelled", async () => {
    const first = await pendingWrite(world.ours.key)
    const second = await pendingWriteIn(world.ours.key, first.runId)
    const denier = await admin()
    const { value, leaves } = await newLeaves(world, () => denyAndStop(denier, first))

    expect(value).toMatchObject({ status: 200, body: { status: "denied", run: { status: "closed" } } })
    expect(leaves.map(({ type }) => type)).toEqual(["approval.denied", "run.closed", "approval.cancelled"])
    expect(leaves[1]?.body.fields).toMatchObject({
      because: "kill_switch",
      reason: { commit: expect.any(String) },
    })
    expect(await statusesOf(world, first, second)).toEqual(["denied", "cancelled run_closed"])
  })

  test("does neither where one of both is refused", async () => {
    const pending = await pendingWrite(world.ours.key)
    expect(await denyAndStop(reviewer, pending)).toMatchObject({ status: 403, body: { code: "forbidden" } })
    const asker = await admin()
    for (const [changes, code] of [
      [{ changeHash: "0".repeat(64) }, "hash_mismatch"],
      [{ reason: undefined }, "reason_required"],
      [{ decision: "approve" }, "invalid_request"],
      [{ decision: "request_changes" }, "invalid_request"],
    ] as const) {
      expect((await denyAndStop(asker, pending, changes)).body.code).toBe(code)
    }
    expect((await denyAndStop(owner, pending)).body.code).toBe("separation_of_duties")
    expect(await statusesOf(world, pending)).toEqual(["pending"])
    expect((await world.ours.key.get(`/api/v1/runs/${pending.runId}`)).body.status).toBe("open")
  })

  test("works for a plan, and beside votes on other approvals of the run one story comes out", async () => {
    const planned = await pendingPlan(world.ours.key)
    const denier = await admin()
    const vote = { decision: "deny", reason: "No.", stopRun: true }
    expect((await votePlan(denier, planned, vote)).body.status).toBe("denied")
    expect((await world.ours.key.get(`/api/v1/runs/${planned.runId}`)).body.status).toBe("closed")

    for (let round = 0; round < 4; round += 1) {
      const first = await pendingWrite(world.ours.key)
      const second = await pendingWriteIn(world.ours.key, first.runId)
      const [stopped, approved] = await Promise.all([denyAndStop(denier, first), approve(reviewer, second)])
      expect(stopped.status).toBe(200)
      expect([200, 409]).toContain(approved.status)
      expect(await statusesOf(world, first, second)).toEqual(["denied", "cancelled run_closed"])
    }
  })
})

describe("a key", () => {
  test.each(["kill", "revoke"])(
    "%s: what it asked for is cancelled, also what is approved already",
    async (how) => {
      const { keyId, caller } = await makeKey(world)
      const open = await openPair(caller, reviewer)
      const others = await pendingWrite(world.ours.key)
      const preview = await owner.get(`/api/v1/kill/preview?scope=key&ids=${keyId}`)
      expect(preview.body).toMatchObject({ keys: 1, openRuns: 2, pendingApprovals: 1, approvedApprovals: 1 })

      const { value, leaves } = await newLeaves(world, () =>
        how === "kill"
          ? kill(owner, "key", keyId)
          : owner.delete(`/api/v1/tenants/${tenantId}/keys/${keyId}`),
      )
      expect([value.status, value.text]).toEqual([200, value.text])
      expect(leaves.map(({ type }) => type)).toEqual([
        "key.revoked",
        "approval.cancelled",
        "approval.cancelled",
      ])
      expect(await statusesOf(world, ...open, others)).toEqual([
        "cancelled key_revoked",
        "cancelled key_revoked",
        "pending",
      ])
      expect((await caller.get(`/api/v1/approvals/${open[0].approvalId}`)).status).toBe(401)
      // Not by another key of the tenant either.
      expect((await spend(world.ours.key, open[1])).body.code).toBe("cancelled")
    },
  )

  test("what was under way as it was killed is cancelled by the next sweep", async () => {
    const { keyId, caller } = await makeKey(world)
    await kill(owner, "key", keyId)
    const late = await pendingWrite(world.ours.key)
    await world.su.query("UPDATE approval SET key_id = $2 WHERE approval_id = $1", [late.approvalId, keyId])
    await labelWhatIsDue()
    expect(await statusesOf(world, late)).toEqual(["pending"])

    await world.su.query("UPDATE stop SET thrown_at = thrown_at - interval '7 seconds' WHERE subject = $1", [
      keyId,
    ])
    await labelWhatIsDue()
    expect(await statusesOf(world, late)).toEqual(["cancelled key_revoked"])
    expect((await caller.get("/api/v1/approvals")).status).toBe(401)
    const swept = await world.su.query("SELECT swept_at FROM stop WHERE subject = $1", [keyId])
    expect(swept.rows[0].swept_at).not.toBeNull()
  })
})

describe("a tool", () => {
  const id = () => `${tenantId}/${writeFile.server}/${writeFile.name}`

  test("is refused in every version until the stop is lifted; what was cancelled stays so", async () => {
    const open = await openPair(world.ours.key, reviewer)
    const preview = await owner.get(`/api/v1/kill/preview?scope=tool&ids=${id()}`)
    expect(preview.body).toMatchObject({ keys: 0, openRuns: 0, approvedApprovals: 1 })
    expect(preview.body.pendingApprovals).toBeGreaterThanOrEqual(1)

    const killed = await kill(owner, "tool", id())
    const { stopId } = killed.body.stopped[0]
    expect(await statusesOf(world, ...open)).toEqual(["cancelled tool_suspended", "cancelled tool_suspended"])
    const runId = await openRun(world.ours.key)
    const refused = await world.ours.key.post("/api/v1/tool-calls", aWrite(runId))
    expect(refused.body.reasons[0].code).toBe("tool_suspended")

    const list = await owner.get("/api/v1/kill")
    expect(list.body.items).toContainEqual(
      expect.objectContaining({
        stopId,
        scope: "tool",
        tenantId,
        name: "workspace/write_file",
        reason: "The agent writes nonsense.",
        mayLift: true,
      }),
    )
    const path = `/api/v1/tenants/${tenantId}/tools/workspace/write_file/1.4.0`
    expect((await owner.patch(path, { status: "active" })).body.code).toBe("tool_stopped")
    const definition = { name: "write_file", description: "Changed.", inputSchema: { type: "object" } }
    const offered = await world.ours.key.put("/api/v1/servers/workspace/tools/write_file", {
      version: "9.9.9",
      definition,
    })
    const accepting = { definitionHash: offered.body.tool.offeredHash, tier: "T2_IRREVERSIBLE_WRITE" }
    const accepted = await owner.post(`${path.replace("1.4.0", "9.9.9")}/accept`, accepting)
    expect(accepted.body.code).toBe("tool_stopped")
    expect((await kill(owner, "tool", id())).body.stopped[0]).toMatchObject({ stopId, wasStopped: true })

    const lifted = await owner.delete(`/api/v1/kill/${stopId}`)
    expect(lifted.body).toEqual({ stopId, scope: "tool", restored: ["workspace/write_file/1.4.0"] })
    expect((await world.ours.key.post("/api/v1/tool-calls", aWrite(runId))).status).toBe(202)
    expect((await spend(world.ours.key, open[1])).body.code).toBe("cancelled")
    expect((await owner.delete(`/api/v1/kill/${stopId}`)).status).toBe(404)
  })

  test("takes what slipped in meanwhile with it when its stop is lifted", async () => {
    const slipped = await pendingWrite(world.ours.key)
    const { stopId } = (await kill(owner, "tool", id())).body.stopped[0]
    await world.su.query("UPDATE approval SET status = 'pending' WHERE approval_id = $1", [
      slipped.approvalId,
    ])
    await owner.delete(`/api/v1/kill/${stopId}`)
    expect(await statusesOf(world, slipped)).toEqual(["cancelled tool_suspended"])
  })

  test("that was suspended by a person before does not come back with the lift", async () => {
    await makeTool(world, { name: "was_off", status: "suspended" })
    const { body } = await kill(owner, "tool", `${tenantId}/workspace/was_off`)
    const lifted = await owner.delete(`/api/v1/kill/${body.stopped[0].stopId}`)
    expect(lifted.body.restored).toEqual([])
  })

  test("that is stopped as a whole and in one version stays stopped until both are lifted", async () => {
    await makeTool(world, { name: "twice" })
    const whole = (await kill(owner, "tool", `${tenantId}/workspace/twice`)).body.stopped[0].stopId
    const one = (await kill(owner, "tool", `${tenantId}/workspace/twice/1.0.0`)).body.stopped[0].stopId
    expect((await owner.delete(`/api/v1/kill/${whole}`)).body.restored).toEqual([])
    expect((await owner.delete(`/api/v1/kill/${one}`)).body.restored).toEqual(["workspace/twice/1.0.0"])
  })

  test("suspended on its page: what is open under it is cancelled", async () => {
    const pending = await pendingWrite(world.ours.key)
    const path = `/api/v1/tenants/${tenantId}/tools/workspace/write_file/1.4.0`
    await owner.patch(path, { status: "suspended" })
    expect(await statusesOf(world, pending)).toEqual(["cancelled tool_suspended"])
    await world.su.query("UPDATE tool SET status = 'active' WHERE name = 'write_file'")
  })
})

describe("a client", () => {
  test("of its own admin is stopped and lifted; by the agency, only the agency lifts it", async () => {
    const admin = (await makePerson(world, { role: "admin", tenantId })).caller
    const open = await openPair(world.ours.key, reviewer)
    const { executionId } = await consumedWrite(world.ours.key, reviewer)
    const preview = await admin.get(`/api/v1/kill/preview?scope=tenant&ids=${tenantId}`)
    expect(preview.body).toMatchObject({ tenants: 1, executionsUnderWay: expect.any(Number) })
    expect(preview.body.executionsUnderWay).toBeGreaterThan(0)

    const own = (await kill(admin, "tenant", tenantId)).body.stopped[0]
    expect(await statusesOf(world, ...open)).toEqual([
      "cancelled tenant_suspended",
      "cancelled tenant_suspended",
    ])
    expect((await world.ours.key.get("/api/v1/approvals")).status).toBe(401)
    expect((await admin.delete(`/api/v1/kill/${own.stopId}`)).body.restored).toEqual([tenantId])
    expect((await world.ours.key.get("/api/v1/approvals")).status).toBe(200)

    const theirs = (await kill(owner, "tenant", tenantId)).body.stopped[0]
    expect((await admin.get("/api/v1/kill")).body.items[0]).toMatchObject({
      stopId: theirs.stopId,
      mayLift: false,
    })
    expect((await admin.delete(`/api/v1/kill/${theirs.stopId}`)).body.code).toBe("forbidden")
    expect((await owner.delete(`/api/v1/kill/${theirs.stopId}`)).status).toBe(200)
    expect(executionId).toBeTruthy()
  })

  test("resumed on its page: its stop is lifted with that", async () => {
    await kill(owner, "tenant", tenantId)
    await owner.patch(`/api/v1/tenants/${tenantId}`, { status: "active" })
    expect(
      (await owner.get("/api/v1/kill")).body.items.filter((stop: any) => stop.scope === "tenant"),
    ).toEqual([])
  })
})

const nowhere: readonly (readonly [string, () => string])[] = [
  ["run", () => newId("run")],
  ["key", () => newId("key")],
  ["tool", () => `${tenantId}/workspace/nothing`],
  ["tool", () => "no tool"],
  ["tenant", () => world.theirs.tenantId],
  ["agency", () => world.theirs.agencyId],
]

test.each(nowhere)("of several, one that is not there (%s) stops none", async (scope, missing) => {
  const runId = await openRun(world.ours.key)
  const ids = scope === "run" ? [runId, missing()] : [missing()]
  const reply = await kill(owner, scope, ...ids)
  expect(reply.status === 404 || reply.body.code === "invalid_request").toBe(true)
  const { rows } = await world.su.query("SELECT status FROM run WHERE run_id = $1", [runId])
  expect(rows[0].status).toBe("open")
})

test("250 open approvals are cancelled in batches, a leaf each", async () => {
  const { keyId, caller } = await makeKey(world)
  const pendings = await Promise.all(Array.from({ length: 250 }, () => pendingWrite(caller)))
  const { value, leaves } = await newLeaves(world, () => kill(owner, "key", keyId))
  expect(value.body.stopped[0].cancelledApprovals).toBe(250)
  expect(leaves.filter(({ type }) => type === "approval.cancelled")).toHaveLength(250)
  expect(new Set(await statusesOf(world, ...pendings))).toEqual(new Set(["cancelled key_revoked"]))
}, 60_000)
