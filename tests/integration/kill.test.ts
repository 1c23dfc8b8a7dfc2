import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { labelWhatIsDue } from "@/lib/jobs/label-due"
import { newId } from "@/lib/operations/new-id"
import type { Caller } from "../support/api"
import { approve, aWrite, openRun, pendingWrite, spend, writeFile, type Pending } from "../support/calls"
import { approvedWrite, consumedWrite } from "../support/deciding"
import { leavesOf, makeKey, makePerson, makeTool, newLeaves, startWorld, type World } from "../support/world"

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

const reason = "The agent writes nonsense."

function kill(who: Caller, scope: string, ...ids: string[]) {
  return who.post("/api/v1/kill", { scope, ids, reason })
}

async function statusesOf(...pendings: readonly Pending[]): Promise<string[]> {
  const { rows } = await world.su.query<{ status: string; because: string | null; id: string }>(
    `SELECT approval_id AS id, status, ended_because AS because FROM approval WHERE approval_id = ANY ($1)`,
    [pendings.map(({ approvalId }) => approvalId)],
  )
  const byId = new Map(rows.map(({ id, status, because }) => [id, `${status} ${because ?? ""}`.trim()]))
  return pendings.map(({ approvalId }) => byId.get(approvalId) ?? "")
}

async function openPair(key: Caller): Promise<readonly [Pending, Pending]> {
  return [await pendingWrite(key), await approvedWrite(key, reviewer)]
}

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
    expect(await statusesOf(pending)).toEqual(["cancelled run_closed"])
    expect(leaves[0]?.body.fields["reason"]).toEqual({ commit: expect.any(String) })

    const call = await world.ours.key.post("/api/v1/tool-calls", aWrite(pending.runId))
    expect(call.body.reasons[0].code).toBe("run_closed")
    expect((await kill(owner, "run", pending.runId)).body.stopped[0]).toMatchObject({ wasStopped: true })
  })
})

describe("a key", () => {
  test.each(["kill", "revoke"])(
    "%s: what it asked for is cancelled, also what is approved already",
    async (how) => {
      const { keyId, caller } = await makeKey(world)
      const open = await openPair(caller)
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
      expect(await statusesOf(...open, others)).toEqual([
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
    expect(await statusesOf(late)).toEqual(["pending"])

    await world.su.query("UPDATE stop SET thrown_at = thrown_at - interval '7 seconds' WHERE subject = $1", [
      keyId,
    ])
    await labelWhatIsDue()
    expect(await statusesOf(late)).toEqual(["cancelled key_revoked"])
    expect((await caller.get("/api/v1/approvals")).status).toBe(401)
    const swept = await world.su.query("SELECT swept_at FROM stop WHERE subject = $1", [keyId])
    expect(swept.rows[0].swept_at).not.toBeNull()
  })
})

describe("a tool", () => {
  const id = () => `${tenantId}/${writeFile.server}/${writeFile.name}`

  test("is refused in every version until the stop is lifted; what was cancelled stays so", async () => {
    const open = await openPair(world.ours.key)
    const preview = await owner.get(`/api/v1/kill/preview?scope=tool&ids=${id()}`)
    expect(preview.body).toMatchObject({ keys: 0, openRuns: 0, approvedApprovals: 1 })
    expect(preview.body.pendingApprovals).toBeGreaterThanOrEqual(1)

    const killed = await kill(owner, "tool", id())
    const { stopId } = killed.body.stopped[0]
    expect(await statusesOf(...open)).toEqual(["cancelled tool_suspended", "cancelled tool_suspended"])
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
        reason,
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
    expect(await statusesOf(pending)).toEqual(["cancelled tool_suspended"])
    await world.su.query("UPDATE tool SET status = 'active' WHERE name = 'write_file'")
  })
})

describe("a client", () => {
  test("of its own admin is stopped and lifted; by the agency, only the agency lifts it", async () => {
    const admin = (await makePerson(world, { role: "admin", tenantId })).caller
    const open = await openPair(world.ours.key)
    const { executionId } = await consumedWrite(world.ours.key, reviewer)
    const preview = await admin.get(`/api/v1/kill/preview?scope=tenant&ids=${tenantId}`)
    expect(preview.body).toMatchObject({ tenants: 1, executionsUnderWay: expect.any(Number) })
    expect(preview.body.executionsUnderWay).toBeGreaterThan(0)

    const own = (await kill(admin, "tenant", tenantId)).body.stopped[0]
    expect(await statusesOf(...open)).toEqual(["cancelled tenant_suspended", "cancelled tenant_suspended"])
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

describe("the agency", () => {
  const other = () => world.demo.tenants[1]?.tenantId ?? ""
  const active = async (): Promise<string[]> =>
    (
      await world.su.query<{ tenant_id: string }>(
        "SELECT tenant_id FROM tenant WHERE status = 'active' AND agency_id = $1 ORDER BY 1",
        [world.ours.agencyId],
      )
    ).rows.map((row) => row.tenant_id)

  test("stops every client with a leaf in each log; lifting restores exactly those that it suspended", async () => {
    await owner.patch(`/api/v1/tenants/${other()}`, { status: "suspended" })
    const before = await active()
    const open = await openPair(world.ours.key)
    const { value, leaves } = await newLeaves(world, () => kill(owner, "agency", world.ours.agencyId))
    expect([value.status, value.text]).toEqual([200, value.text])
    const { stopId } = value.body.stopped[0]
    expect(leaves.map(({ type }) => type).slice(0, 2)).toEqual(["agency.stopped", "tenant.suspended"])
    expect(leaves.filter(({ type }) => type === "approval.cancelled").length).toBeGreaterThanOrEqual(2)
    expect(await statusesOf(...open)).toEqual(["cancelled agency_stopped", "cancelled agency_stopped"])
    expect((await leavesOf(world, other())).at(-1)?.type).toBe("agency.stopped")
    expect(await active()).toEqual([])
    expect((await world.theirs.key.get("/api/v1/approvals")).status).toBe(200)

    // The switch holds: no way round it.
    for (const refused of [
      await owner.patch(`/api/v1/tenants/${tenantId}`, { status: "active" }),
      await owner.post("/api/v1/tenants", { name: "Round it" }),
    ]) {
      expect([refused.status, refused.body.code]).toEqual([409, "agency_stopped"])
    }
    expect((await kill(owner, "agency", world.ours.agencyId)).body.stopped[0]).toMatchObject({
      ...{ stopId, wasStopped: true },
    })

    expect((await owner.delete(`/api/v1/kill/${stopId}`)).body).toMatchObject({
      scope: "agency",
      restored: before,
    })
    expect(await active()).toEqual(before)
    expect(before).not.toContain(other())
    expect((await approve(reviewer, open[0])).body.code).toBe("approval_closed")
  })

  test("a client stopped by itself meanwhile stays stopped after the agency's lift", async () => {
    const { stopId } = (await kill(owner, "agency", world.ours.agencyId)).body.stopped[0]
    const own = (await kill(owner, "tenant", tenantId)).body.stopped[0].stopId
    expect((await owner.delete(`/api/v1/kill/${own}`)).body.code).toBe("agency_stopped")
    expect((await owner.delete(`/api/v1/kill/${stopId}`)).body.restored).not.toContain(tenantId)
    expect((await owner.delete(`/api/v1/kill/${own}`)).body.restored).toEqual([tenantId])
  })

  test("a client's own admin cannot stop it, and is not told why it was", async () => {
    const admin = (await makePerson(world, { role: "admin", tenantId })).caller
    expect((await kill(admin, "agency", world.ours.agencyId)).status).toBe(404)
    const { stopId } = (await kill(owner, "agency", world.ours.agencyId)).body.stopped[0]
    const [seen] = (await admin.get("/api/v1/kill")).body.items
    expect(seen).toMatchObject({ stopId, scope: "agency", reason: null, stoppedBy: null, mayLift: false })
    expect((await admin.delete(`/api/v1/kill/${stopId}`)).body.code).toBe("forbidden")
    await owner.delete(`/api/v1/kill/${stopId}`)
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
  expect(new Set(await statusesOf(...pendings))).toEqual(new Set(["cancelled key_revoked"]))
})
