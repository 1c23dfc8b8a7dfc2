import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Caller } from "../support/api"
import { approve, openRun, pendingWrite, readFile, spend } from "../support/calls"
import { vote } from "../support/deciding"
import { permitIn, putInForce } from "../support/rules"
import { makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
})
afterAll(() => world.close())

const all = (effect: string, more = "") => `rules:\n  - name: all\n    effect: ${effect}\n${more}`

describe("approval by a rule", () => {
  const staged = `    approval:
      stages: [{group: reviewers, count: 1}, {group: admins, count: 1}]
      expiresIn: 5m
      useWithin: 2m
`
  test("shows its stages, its times and its rule, and holds to them", async () => {
    await putInForce(world, all("require_approval", `${staged}      reasonRequired: true\n`))
    const pending = await pendingWrite(key)
    const { approval } = pending
    expect(approval).toMatchObject({
      required: [
        { group: "reviewers", count: 1 },
        { group: "admins", count: 1 },
      ],
      matchedRule: "all",
      reasonRequired: true,
      useWithinSeconds: 120,
    })
    expect(Date.parse(approval.expiresAt) - Date.parse(approval.requestedAt)).toBe(300_000)
    expect((await reviewer.get(`/api/v1/approvals/${pending.approvalId}`)).body.checks).toEqual(
      approval.checks,
    )

    expect(await vote(reviewer, pending)).toMatchObject({ status: 422, body: { code: "reason_required" } })
    const reason = "The client asked for it."
    expect((await vote(reviewer, pending, { reason })).body.status).toBe("pending")
    const decided = (await vote(await world.as("admin"), pending, { reason })).body
    expect(decided.status).toBe("approved")
    expect(Date.parse(decided.useBy) - Date.parse(decided.decidedAt)).toBeCloseTo(120_000, -2)
    expect((await spend(key, pending)).status).toBe(200)
  })

  test("counts nobody for a stage of a group that they are not in", async () => {
    await putInForce(world, all("require_approval", staged))
    const pending = await pendingWrite(key)
    const { caller: other } = await makePerson(world, { role: "reviewer" })
    for (const one of [reviewer, other]) expect((await approve(one, pending)).body.status).toBe("pending")
    expect((await approve(await world.as("admin"), pending)).body.status).toBe("approved")
  })

  test("counts one person once, whatever roles they hold", async () => {
    await putInForce(world, all("require_approval", staged))
    const pending = await pendingWrite(key)
    const admin = await makePerson(world, { role: "admin" })
    expect((await approve(admin.caller, pending)).body.status).toBe("pending")
    expect((await approve(admin.caller, pending)).body.code).toBe("already_voted")
    expect((await approve(reviewer, pending)).body.status).toBe("approved")
  })

  test("does not count a vote of somebody who could not vote any more when the last one is cast", async () => {
    await putInForce(world, all("require_approval", staged))
    const pending = await pendingWrite(key)
    const [gone, lowered] = [
      await makePerson(world, { role: "reviewer" }),
      await makePerson(world, { role: "admin" }),
    ]
    await approve(gone.caller, pending)
    await world.su.query("UPDATE membership SET ended_at = now() WHERE membership_id = $1", [
      gone.membershipId,
    ])
    expect((await approve(lowered.caller, pending)).body.status).toBe("pending")
    await world.su.query("UPDATE membership SET role = 'auditor' WHERE membership_id = $1", [
      lowered.membershipId,
    ])

    expect((await approve(await world.as("admin"), pending)).body.status).toBe("pending")
    expect((await approve(reviewer, pending)).body.status).toBe("approved")
  })

  test("takes no approving vote that could never count, but anybody's denial", async () => {
    await putInForce(world, all("require_approval", "    approval: {stages: [{group: owners, count: 1}]}\n"))
    const pending = await pendingWrite(key)
    for (const role of ["reviewer", "admin"] as const) {
      expect(await approve(await world.as(role), pending)).toMatchObject({
        status: 403,
        body: { code: "forbidden" },
      })
    }
    const denied = await vote(reviewer, pending, { decision: "deny", reason: "no" })
    expect(denied.body.status).toBe("denied")
  })

  test("of a call without a change has nothing to show and is refused", async () => {
    await putInForce(world, all("require_approval"))
    const runId = await openRun(key)
    const reply = await key.post("/api/v1/tool-calls", { runId, tool: readFile, input: { path: "a" } })
    expect(reply).toMatchObject({ status: 422, body: { reasons: [{ code: "change_required" }] } })
  })
})

describe("an approval that is spent under another policy than it was asked for", () => {
  const two = "    approval: {stages: [{group: reviewers, count: 2}]}\n"

  async function approvedUnder(rules: string): ReturnType<typeof pendingWrite> {
    await putInForce(world, rules)
    const pending = await pendingWrite(key)
    expect((await approve(reviewer, pending)).body.status).toBe("approved")
    return pending
  }

  test("is cancelled when that one denies the call", async () => {
    const pending = await approvedUnder(all("require_approval"))
    await putInForce(world, all("deny"))

    expect(await spend(key, pending)).toMatchObject({ status: 409, body: { code: "policy_changed" } })
    const { body } = await reviewer.get(`/api/v1/approvals/${pending.approvalId}`)
    expect(body).toMatchObject({ status: "cancelled", endedBecause: "policy_changed" })
  })

  test("waits again when that one wants more people, and its votes still count", async () => {
    const pending = await approvedUnder(all("require_approval"))
    await putInForce(world, all("require_approval", two))
    const { value, leaves } = await newLeaves(world, () => spend(key, pending))

    expect(value).toMatchObject({ status: 409, body: { code: "not_approved" } })
    expect(leaves.map(({ type }) => type)).toEqual(["approval.reopened"])
    const { body } = await reviewer.get(`/api/v1/approvals/${pending.approvalId}`)
    expect(body).toMatchObject({
      status: "pending",
      required: [{ group: "reviewers", count: 2 }],
      useBy: null,
      expiresAt: pending.approval.expiresAt,
    })
    expect((await approve(await world.as("admin"), pending)).body.status).toBe("approved")
    expect((await spend(key, pending)).status).toBe(200)
  })

  test("is spent when that one asks for no more, and the leaf names both versions", async () => {
    const pending = await approvedUnder(all("require_approval"))
    await putInForce(world, all("require_approval", "    when: 'change.parts == 1'\n"))
    const { value, leaves } = await newLeaves(world, () => spend(key, pending))

    expect(value.status, value.text).toBe(200)
    const [leaf] = leaves
    expect(leaf?.type).toBe("approval.consumed")
    expect(leaf?.body.fields["policyVersionAtConsume"]).toBe(Number(leaf?.body.fields["policyVersion"]) + 1)
  })

  test("is cancelled when that one lets it reach less, and keeps what it was granted when it may reach more", async () => {
    const reaching = (...origins: string[]) =>
      all(
        "require_approval",
        `    egress: ${JSON.stringify(origins.map((name) => `https://${name}.example`))}\n`,
      )
    const less = await approvedUnder(reaching("a", "b"))
    await putInForce(world, reaching("a", "c"))
    expect((await spend(key, less)).body.code).toBe("policy_changed")

    const more = await approvedUnder(reaching("a"))
    await putInForce(world, reaching("a", "b"))
    expect(permitIn(await spend(key, more))).toMatchObject({ egress: ["https://a.example"] })
  })

  test("is cancelled when what the policy looked at is not known", async () => {
    const pending = await approvedUnder(all("require_approval"))
    await world.su.query("UPDATE tool_call SET facts_digest = NULL WHERE call_id = $1", [
      pending.approval.callId,
    ])
    await putInForce(world, all("allow"))
    expect((await spend(key, pending)).body.code).toBe("policy_changed")
  })

  test("is neither spent nor lost while that one cannot be read", async () => {
    const pending = await approvedUnder(all("require_approval"))
    await putInForce(world, all("allow"))
    await world.su.query(
      "UPDATE policy_version SET digest = 'x' WHERE tenant_id = $1 AND version = (SELECT max(version) FROM policy_version WHERE tenant_id = $1)",
      [world.ours.tenantId],
    )
    expect((await spend(key, pending)).body.code).toBe("policy_unavailable")
    await putInForce(world, all("allow"))
    expect((await spend(key, pending)).status).toBe(200)
  })
})
