import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { changeHash as hashOf, type Envelope } from "@deltaseal/guard/change"
import type { Caller, Reply } from "../support/api"
import { enrol, personWithPassword, originOf } from "../support/authenticators"
import { approve, type Pending } from "../support/calls"
import { codes, typesFor, vote } from "../support/deciding"
import {
  approveParts,
  askForParts,
  makeAnyTool,
  ofEveryKind,
  partial,
  partialReason,
  spendAnswer,
  threeFiles,
} from "../support/partials"
import { pendingPlan } from "../support/plans"
import { permitIn, putInForce } from "../support/rules"
import { makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
  await makeAnyTool(world)
})
afterAll(() => world.close())

const anyone = "rules:\n  - name: all\n    effect: require_approval\n"

const ask = (parts?: readonly object[]) => askForParts(key, parts)

const read = async (approvalId: string) => (await reviewer.get(`/api/v1/approvals/${approvalId}`)).body

describe("approving some parts", () => {
  test("denies the whole and makes an approval of these parts alone, with its own hash and this vote", async () => {
    const pending = await ask()
    const preview = await partial(reviewer, pending, { parts: [3, 1] }, "/preview")
    expect(preview).toMatchObject({ status: 200, body: { positions: [1, 3], leftOut: [2] } })
    const { derivedHash, envelope } = preview.body as { derivedHash: string; envelope: Envelope }
    expect(hashOf(envelope)).toBe(derivedHash)
    expect(envelope).toEqual({
      ...pending.approval.envelope,
      parts: [pending.approval.envelope.parts[0], pending.approval.envelope.parts[2]],
    })
    expect((await read(pending.approvalId)).status).toBe("pending")

    const { value: made, leaves } = await newLeaves(world, () =>
      partial(reviewer, pending, { parts: [1, 3], derivedHash, reason: partialReason }),
    )
    expect(leaves.map(({ type }) => type)).toEqual([
      "approval.denied",
      "approval.derived",
      "approval.approved",
    ])
    expect(made).toMatchObject({
      status: 201,
      body: {
        status: "approved",
        derivedFrom: pending.approvalId,
        changeHash: derivedHash,
        runId: pending.runId,
        expiresAt: pending.approval.expiresAt,
        policyVersion: pending.approval.policyVersion,
        reason: pending.approval.reason,
        input: pending.approval.input,
        envelope,
        votes: [{ decision: "approve", reason: partialReason }],
      },
    })
    expect(made.body).toMatchObject({ sentence: preview.body.sentence, diff: preview.body.diff })
    expect(await read(pending.approvalId)).toMatchObject({
      status: "denied",
      endedBecause: "approved_in_part",
      votes: [{ decision: "deny", reason: partialReason }],
    })
    expect((await spendAnswer(key, made, { changeHash: pending.changeHash })).body.code).toBe("hash_mismatch")
    const spent = await spendAnswer(key, made)
    expect(spent.status, spent.text).toBe(200)
    expect(permitIn(spent)).toMatchObject({ approvalId: made.body.approvalId, changeHash: derivedHash })
    expect(permitIn(spent)).not.toHaveProperty("derivedFrom")
    expect(leaves[1]?.body.fields).toMatchObject({ derivedFrom: pending.approvalId, parts: "1,3" })
  })

  test("builds each kind of part again from what is stored, to the byte", async () => {
    const pending = await ask(ofEveryKind)
    for (const left of ofEveryKind.keys()) {
      const parts = ofEveryKind.flatMap((_, index) => (index === left ? [] : [index + 1]))
      const { body, text } = await partial(reviewer, pending, { parts }, "/preview")
      expect(body.envelope?.parts, text).toEqual(
        pending.approval.envelope.parts.filter((_: object, index: number) => index !== left),
      )
      expect(hashOf(body.envelope as Envelope)).toBe(body.derivedHash)
    }
    const made = await approveParts(reviewer, pending, [3, 4, 6])
    expect(made.body.flags).toEqual(expect.arrayContaining([]))
    expect(made.body.effects.join()).toContain("1 recipient")
  })

  test("waits for the others where more people are asked, each of whom votes on the new hash", async () => {
    await putInForce(world, `${anyone}    approval: {stages: [{group: reviewers, count: 2}]}\n`)
    const { caller: second } = await makePerson(world, { role: "reviewer" })
    const pending = await ask()
    expect((await vote(second, pending)).body.status).toBe("pending")
    const made = await approveParts(reviewer, pending, [2])
    expect(made.body).toMatchObject({ status: "pending", votes: [{ decision: "approve" }] })
    const derived = {
      ...pending,
      approvalId: made.body.approvalId as string,
      changeHash: made.body.changeHash as string,
    }

    expect((await vote(second, { ...derived, changeHash: pending.changeHash })).body.code).toBe(
      "hash_mismatch",
    )
    expect((await approve(second, derived)).body.status).toBe("approved")
    expect((await spendAnswer(key, made)).status).toBe(200)
    expect(await typesFor(world, derived)).toEqual([
      "approval.derived",
      "approval.voted",
      "approval.approved",
      "approval.consumed",
    ])
  })

  test("of a change that was approved in part before is possible again", async () => {
    await putInForce(world, `${anyone}    approval: {stages: [{group: reviewers, count: 2}]}\n`)
    const { caller: second } = await makePerson(world, { role: "reviewer" })
    const once = await approveParts(reviewer, await ask(), [1, 2])
    const again = await approveParts(second, { ...once.body, approval: once.body } as Pending, [2])
    expect(again.body).toMatchObject({
      derivedFrom: once.body.approvalId,
      parts: [{ target: { path: "b.md" } }],
    })
    await putInForce(world, anyone)
  })
})

describe("nothing happens", () => {
  const unharmed = async (pending: Pending, work: () => Promise<Reply>) => {
    const rows = async () =>
      (await world.su.query("SELECT count(*) FROM approval WHERE run_id = $1", [pending.runId])).rows
    const before = await rows()
    const reply = await work()
    expect(await rows()).toEqual(before)
    expect((await read(pending.approvalId)).votes).toEqual([])
    return [reply.status, reply.body.code]
  }

  test("for a choice that is not some of the parts, or is not what was seen", async () => {
    const pending = await ask()
    for (const parts of [[], [1, 2, 3], [1, 4]]) {
      const body = { parts, derivedHash: pending.changeHash, reason: partialReason }
      expect(await unharmed(pending, () => partial(reviewer, pending, body))).toEqual([422, "not_partial"])
    }
    for (const [body, code] of [
      [{ parts: [1], derivedHash: pending.changeHash, reason: partialReason }, "hash_mismatch"],
      [{ parts: [1], derivedHash: "0".repeat(64), reason: partialReason }, "hash_mismatch"],
      [{ parts: [1], derivedHash: "0".repeat(64) }, "reason_required"],
      [{ parts: [1, 1], derivedHash: "0".repeat(64), reason: partialReason }, "invalid_request"],
    ] as const) {
      expect((await unharmed(pending, () => partial(reviewer, pending, body)))[1]).toBe(code)
    }
    const moved = { ...pending, changeHash: "0".repeat(64) }
    expect((await partial(reviewer, moved, { parts: [1] }, "/preview")).body.code).toBe("hash_mismatch")
    const { caller: one } = await makePerson(world, { role: "reviewer" })
    expect((await approveParts(one, await ask([threeFiles[0] ?? {}]), [1])).body.code).toBe("not_partial")
  })

  test("for who may not vote", async () => {
    const pending = await ask()
    const { caller: auditor } = await makePerson(world, { role: "auditor" })
    expect(await unharmed(pending, () => approveParts(auditor, pending, [1]))).toEqual([403, "forbidden"])
    const owner = await world.as("owner")
    expect(await unharmed(pending, () => approveParts(owner, pending, [1]))).toEqual([
      403,
      "separation_of_duties",
    ])
    await putInForce(world, `${anyone}    approval: {stages: [{group: owners, count: 1}]}\n`)
    const forOwners = await ask()
    expect(await unharmed(forOwners, () => approveParts(reviewer, forOwners, [1]))).toEqual([
      403,
      "forbidden",
    ])
    await putInForce(world, anyone)
  })

  test("for a call of a plan", async () => {
    const { items } = await pendingPlan(key)
    const [{ approvalId, changeHash }] = items
    const pending = { approvalId, changeHash, runId: "", approval: null }
    expect((await partial(reviewer, pending, { parts: [1] }, "/preview")).body.code).toBe("plan_item")
  })

  test("when the policy denies these parts alone, or puts them to other people", async () => {
    await putInForce(
      world,
      `rules:
  - {name: two, when: change.parts < 3, effect: deny}
  - {name: all, effect: require_approval}
`,
    )
    const pending = await ask()
    expect((await partial(reviewer, pending, { parts: [1] }, "/preview")).body).toMatchObject({
      code: "policy_denied",
      reasons: [{ code: "denied_by_rule" }],
    })
    await putInForce(
      world,
      `rules:
  - {name: one, match: {tool: [do_anything]}, when: change.parts < 3, effect: require_approval, approval: {stages: [{group: admins, count: 1}]}}
  - {name: all, effect: require_approval, approval: {stages: [{group: reviewers, count: 1}]}}
`,
    )
    const small = await ask()
    expect(await unharmed(small, () => approveParts(reviewer, small, [1]))).toEqual([403, "forbidden"])
    const made = await approveParts(await world.as("admin"), small, [1])
    expect(made.body).toMatchObject({
      status: "approved",
      required: [{ group: "admins", count: 1 }],
      matchedRule: "one",
    })
    await putInForce(world, anyone)
  })
})

describe("at the same time", () => {
  test("two choices, a denial and an approval of the whole: one of them wins, the others change nothing", async () => {
    const others = await Promise.all([1, 2, 3].map(() => makePerson(world, { role: "reviewer" })))
    const [second, third, fourth] = others.map(({ caller }) => caller)
    if (second === undefined || third === undefined || fourth === undefined)
      throw new Error("Too few people.")

    for (let round = 0; round < 4; round += 1) {
      const pending = await ask()
      const replies = await Promise.all([
        approveParts(reviewer, pending, [1, 2]),
        approveParts(second, pending, [3]),
        vote(third, pending, { decision: "deny", reason: "No." }),
        vote(fourth, pending),
      ])
      const won = replies.filter(({ status }) => status === 200 || status === 201)
      expect(won).toHaveLength(1)
      expect(codes(replies.filter((reply) => !won.includes(reply)))).toEqual(Array(3).fill("approval_closed"))
      const { rows } = await world.su.query("SELECT 1 FROM approval WHERE derived_from = $1", [
        pending.approvalId,
      ])
      expect(rows).toHaveLength(won[0]?.status === 201 ? 1 : 0)
    }
  })
})

test("where a vote is signed, it is signed for the hash and the id of what is made of the parts", async () => {
  await putInForce(world, `${anyone}    approval: {stepUp: true}\n`)
  const person = await personWithPassword(world)
  const device = await enrol(world, person)
  const pending = await ask()
  const choice = { parts: [1, 3], derivedHash: "" }
  const { body: seen } = await partial(person.caller, pending, { parts: [1, 3] }, "/preview")
  expect(seen.stepUpRequired).toBe(true)
  choice.derivedHash = seen.derivedHash as string

  const unsigned = await partial(person.caller, pending, { ...choice, reason: partialReason })
  expect(unsigned.body.code).toBe("step_up_required")
  const begun = await partial(person.caller, pending, choice, "/step-up")
  expect(begun).toMatchObject({ status: 201, body: { challenge: { changeHash: choice.derivedHash } } })
  const assertion = device.get(begun.body.options)
  const stepUp = { assertion }
  const other = await ask()
  const { body: elsewhere } = await partial(person.caller, other, { parts: [1] }, "/preview")
  const wrong = { parts: [1], derivedHash: elsewhere.derivedHash as string, reason: partialReason, stepUp }
  expect((await partial(person.caller, other, wrong)).body.code).toBe("step_up_invalid")
  expect((await vote(person.caller, pending, { stepUp })).body.code).toBe("step_up_invalid")

  const made = await partial(person.caller, pending, { ...choice, reason: partialReason, stepUp })
  expect([made.status, made.text]).toEqual([201, made.text])
  expect(made.body).toMatchObject({ status: "approved", approvalId: begun.body.challenge.approvalId })
  const evidence = await person.caller.get(`/api/v1/approvals/${made.body.approvalId}/evidence`)
  expect(evidence.body.items).toMatchObject([{ personId: person.personId, origin: originOf(world) }])
  expect((await partial(person.caller, await ask(), { ...wrong, ...choice })).body.code).toMatch(
    /hash_mismatch|step_up_spent/,
  )
  expect((await spendAnswer(key, made)).status).toBe(200)
})
