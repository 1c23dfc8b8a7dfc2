import { execFileSync } from "node:child_process"
import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import type { Caller } from "../support/api"
import { beginStepUp, enrol, originOf, personWithPassword, signed } from "../support/authenticators"
import { approve, pendingWrite, spend, type Pending } from "../support/calls"
import { sixteen, vote } from "../support/deciding"
import { pendingPlan, votePlan } from "../support/plans"
import { putInForce } from "../support/rules"
import {
  softwareAuthenticator,
  type Assertion,
  type SoftwareAuthenticator,
} from "../support/software-authenticator"
import { makePerson, newLeaves, startWorld, type MadePerson, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: MadePerson
let device: SoftwareAuthenticator & { authenticatorId: string }
let pending: Pending

const rules = (more = "stepUp: true") =>
  `rules:\n  - name: all\n    effect: require_approval\n    approval: {${more}}\n`

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  await putInForce(world, rules())
  reviewer = await personWithPassword(world)
  device = await enrol(world, reviewer)
})
afterAll(() => world.close())
beforeEach(async () => {
  pending = await pendingWrite(key)
})

/** What the checker says that shares no code with us, of the evidence as the API gives it. */
function checked(items: unknown): string {
  const folder = mkdtempSync(path.join(tmpdir(), "deltaseal-evidence-"))
  const file = path.join(folder, "evidence.json")
  writeFileSync(file, JSON.stringify({ items }))
  const checker = path.resolve("packages/guard/vectors/check-step-up.mjs")
  const said = execFileSync(process.execPath, [checker, file, originOf(world)], { encoding: "utf8" })
  rmSync(folder, { recursive: true })

  return said
}

const stepUp = (assertion: Assertion) => ({ stepUp: { assertion } })
const votesOn = async ({ approvalId }: Pending) =>
  (await key.get(`/api/v1/approvals/${approvalId}`)).body.votes

describe("where the policy wants step-up", () => {
  test("an approval says so, a vote without it is refused, and with it counts, is kept and is in the log", async () => {
    expect(pending.approval).toMatchObject({
      stepUpRequired: true,
      required: [{ group: "reviewers", count: 1 }],
    })
    expect(await approve(reviewer.caller, pending)).toMatchObject({
      status: 403,
      body: { code: "step_up_required" },
    })

    const assertion = await signed(reviewer, pending, device)
    const { value, leaves } = await newLeaves(world, () => vote(reviewer.caller, pending, stepUp(assertion)))
    expect([value.status, value.body.status]).toEqual([200, "approved"])
    expect(leaves.map(({ type, body }) => [type, body.fields["authenticatorId"]])).toEqual([
      ["approval.approved", device.authenticatorId],
    ])
    const { items } = (await reviewer.caller.get(`/api/v1/approvals/${pending.approvalId}/evidence`)).body
    expect(items).toEqual([
      expect.objectContaining({
        personId: reviewer.personId,
        signature: assertion.response.signature,
        origin: originOf(world),
        rpId: "localhost",
      }),
    ])
    const said = checked(items)
    expect(said).toContain(`approve of change ${pending.changeHash} (${pending.approvalId}`)
    expect(said).toMatch(/: holds\n$/)
    expect((await spend(key, pending)).status).toBe(200)
  })

  test("denying needs none", async () => {
    const denied = await vote(reviewer.caller, pending, { decision: "deny", reason: "No." })
    expect(denied.body.status).toBe("denied")
  })

  test("who has no authenticator is told so, and nobody is asked to sign what is over or another change", async () => {
    const other = await makePerson(world, { role: "reviewer" })
    expect((await beginStepUp(other, pending)).body.code).toBe("no_authenticator")
    const elsewhere = { ...pending, changeHash: "0".repeat(64) }
    expect((await beginStepUp(reviewer, elsewhere)).body.code).toBe("hash_mismatch")
    await vote(reviewer.caller, pending, { decision: "deny", reason: "No." })
    expect((await beginStepUp(reviewer, pending)).body.code).toBe("approval_closed")
  })
})

/** A signature that is right but for what its name says, and the reason that is given. */
const lies: readonly (readonly [string, string, (asked: { challenge: string }) => Assertion])[] = [
  ["another site's", "wrong_origin", (asked) => device.get(asked, { origin: "https://evil.example" })],
  [
    "one made in a frame of another site",
    "wrong_origin",
    (asked) => device.get(asked, { crossOrigin: true }),
  ],
  [
    "one for another relying party",
    "wrong_relying_party",
    (asked) => device.get(asked, { rpId: "evil.example" }),
  ],
  ["one for a registration", "wrong_ceremony", (asked) => device.get(asked, { type: "webauthn.create" })],
  ["one without a touch", "user_not_present", (asked) => device.get(asked, { flags: 4 })],
  ["one without a PIN or a finger", "user_not_verified", (asked) => device.get(asked, { flags: 1 })],
  ["one whose count went back", "count_went_back", (asked) => device.get(asked, { count: 1 })],
  ["one nobody asked for", "unknown_challenge", () => device.get({ challenge: "a".repeat(43) })],
  [
    "that of an authenticator that nobody enrolled",
    "unknown_authenticator",
    (asked) => softwareAuthenticator(originOf(world)).get(asked),
  ],
  [
    "that of another key under this one's name",
    "wrong_signature",
    (asked) => device.get(asked, { signedBy: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey }),
  ],
]

test.each(lies)("a signature is refused: %s", async (_, code, lie) => {
  const { body } = await beginStepUp(reviewer, pending)
  const refused = await vote(reviewer.caller, pending, stepUp(lie(body.options)))
  expect(refused).toMatchObject({ status: 403, body: { code: "step_up_invalid", reasons: [{ code }] } })
  expect(await votesOn(pending)).toEqual([])
})

describe("a signature is for one vote alone:", () => {
  const refuse = async (
    who: Caller,
    on: Pending,
    assertion: Assertion,
    code: string,
    changes: object = {},
  ) => {
    const refused = await vote(who, on, { ...stepUp(assertion), ...changes })
    expect([refused.status >= 400, refused.body.code]).toEqual([true, code])
    expect(await votesOn(on)).toEqual([])
  }

  test("not for another approval, nor for the other decision, nor for another hash", async () => {
    const assertion = await signed(reviewer, pending, device)
    await refuse(reviewer.caller, await pendingWrite(key), assertion, "step_up_invalid")
    await refuse(reviewer.caller, pending, assertion, "step_up_invalid", { decision: "deny", reason: "No." })
    await refuse(reviewer.caller, pending, assertion, "hash_mismatch", { changeHash: "0".repeat(64) })
    await world.su.query("UPDATE approval SET change_hash = $2 WHERE approval_id = $1", [
      pending.approvalId,
      "1".repeat(64),
    ])
    const moved = { ...pending, changeHash: "1".repeat(64) }
    expect((await vote(reviewer.caller, moved, stepUp(assertion))).body.code).toBe("step_up_invalid")
  })

  test("not for another person, and not for another session of the same one", async () => {
    const assertion = await signed(reviewer, pending, device)
    const other = await personWithPassword(world)
    await enrol(world, other)
    await refuse(other.caller, pending, assertion, "step_up_invalid")

    await world.su.query("UPDATE step_up_challenge SET session_id = 'ses_x' WHERE approval_id = $1", [
      pending.approvalId,
    ])
    await refuse(reviewer.caller, pending, assertion, "step_up_invalid")
  })

  test("not under another policy version than the one that was asked under", async () => {
    const assertion = await signed(reviewer, pending, device)
    await world.su.query("UPDATE approval SET policy_version = policy_version + 1 WHERE approval_id = $1", [
      pending.approvalId,
    ])
    await refuse(reviewer.caller, pending, assertion, "step_up_invalid")
  })

  test("not after five minutes", async () => {
    const assertion = await signed(reviewer, pending, device)
    await world.su.query(
      "UPDATE step_up_challenge SET expires_at = clock_timestamp() WHERE approval_id = $1",
      [pending.approvalId],
    )
    await refuse(reviewer.caller, pending, assertion, "step_up_expired")
  })

  test("not once the authenticator was removed", async () => {
    const person = await personWithPassword(world)
    const gone = await enrol(world, person)
    const assertion = await signed(person, pending, gone)
    await world.su.query(
      "UPDATE authenticator SET removed_at = now(), removed_because = 'removed' WHERE authenticator_id = $1",
      [gone.authenticatorId],
    )
    await refuse(person.caller, pending, assertion, "step_up_invalid")
  })

  test("not twice: not where it was spent, not where the vote was, and of sixteen at once one counts", async () => {
    await putInForce(world, rules("stepUp: true, stages: [{group: reviewers, count: 2}]"))
    const two = await pendingWrite(key)
    const assertion = await signed(reviewer, two, device)
    const replies = await sixteen(() => vote(reviewer.caller, two, stepUp(assertion)))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(new Set(replies.map(({ body }) => body.code ?? "won"))).toContain("won")
    // As if the vote had never been: the signature stays spent.
    await world.su.query("DELETE FROM step_up_evidence WHERE approval_id = $1", [two.approvalId])
    await world.su.query("DELETE FROM vote WHERE approval_id = $1", [two.approvalId])
    await refuse(reviewer.caller, two, assertion, "step_up_spent")
    await putInForce(world, rules())
  })
})

test("a vote on a whole plan is refused where a call of it wants a signature; on its own page it is signed", async () => {
  const planned = await pendingPlan(key)
  const refused = await votePlan(reviewer.caller, planned)
  expect(refused).toMatchObject({ status: 403, body: { code: "step_up_required" } })

  const { items } = planned
  const [item] = items
  const own = { ...pending, approvalId: item.approvalId, changeHash: item.changeHash }
  const decided = await vote(reviewer.caller, own, stepUp(await signed(reviewer, own, device)))
  expect(decided.body.status).toBe("approved")
  expect(await votesOn({ ...own, approvalId: items[1].approvalId })).toEqual([])
})

test("a policy that comes to want step-up does not count the votes that were cast without", async () => {
  await putInForce(world, rules("stages: [{group: reviewers, count: 1}]"))
  const plain = await pendingWrite(key)
  expect((await approve(await world.as("reviewer"), plain)).body.status).toBe("approved")
  await putInForce(world, rules())

  expect((await spend(key, plain)).body.code).toBe("not_approved")
  const reopened = await key.get(`/api/v1/approvals/${plain.approvalId}`)
  expect(reopened.body).toMatchObject({ status: "pending", stepUpRequired: true })
  const decided = await vote(reviewer.caller, plain, stepUp(await signed(reviewer, plain, device)))
  expect(decided.body.status).toBe("approved")
  expect((await spend(key, plain)).status).toBe(200)
})
