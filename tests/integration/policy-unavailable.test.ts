import { canonicalize, sha256Hex } from "@deltaseal/guard/change"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { AppError } from "@/lib/errors/app-error"
import { forgetPolicies, policyInForce } from "@/lib/policies/policies.service"
import { friendly, strict, tenantWithPolicy, type PolicyBox } from "../support/policies"
import { codeOf } from "../support/tools"
import { startWorld, type World } from "../support/world"

let world: World
let box: PolicyBox

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world.close())

beforeEach(async () => {
  forgetPolicies()
  box = await tenantWithPolicy(world)
  await box.publish(strict, 1)
})

/** Stores something else in the place of version 2, with the digest that belongs to it. */
async function store(document: unknown): Promise<void> {
  const bytes = typeof document === "string" ? document : canonicalize(document as never)
  await world.su.query("UPDATE policy_version SET document = $2, digest = $3 WHERE tenant_id = $1", [
    box.tenantId,
    Buffer.from(bytes),
    sha256Hex(bytes),
  ])
}

const rule = { name: "all", effect: "allow" }

/** Ways in which the row of the version in force can be wrong. */
const faults: readonly (readonly [string, () => Promise<unknown>])[] = [
  ["is missing", () => world.su.query("DELETE FROM policy_version WHERE tenant_id = $1", [box.tenantId])],
  [
    "has other bytes than were published",
    () =>
      world.su.query(
        `UPDATE policy_version SET document = convert_to(replace(convert_from(document, 'UTF8'), 'require_approval', 'allow'), 'UTF8')
         WHERE tenant_id = $1`,
        [box.tenantId],
      ),
  ],
  ["is no JSON", () => store("{")],
  ["is no object", () => store([1])],
  ["is of a newer layout", () => store({ version: 2, rules: [rule] })],
  ["has a member that we do not know", () => store({ version: 1, rules: [{ ...rule, unless: "x" }] })],
  ["has no rules", () => store({ version: 1 })],
  ["has an effect that we do not know", () => store({ version: 1, rules: [{ ...rule, effect: "maybe" }] })],
  ["has a condition that cannot be compiled", () => store({ version: 1, rules: [{ ...rule, when: "1 +" }] })],
  ["has members in another shape", () => store({ version: 1, rules: [{ ...rule, paths: "docs" }] })],
  ["is not in the one form in which it is stored", () => store(`{"version":1, "rules":[]}`)],
]

describe("a policy in force that", () => {
  test.each(faults)("%s is an error with a code of its own, never an answer", async (_, breaks) => {
    await breaks()
    const asked = policyInForce(box.tenantId, 2)
    await expect(asked).rejects.toBeInstanceOf(AppError)
    await expect(asked).rejects.toMatchObject({ code: "policy_unavailable" })
  })

  test.each(faults)("%s can be replaced, by two people", async (_, breaks) => {
    await breaks()
    expect((await box.check(friendly)).body.comparison).toMatchObject({
      needsSecondPerson: true,
      loosens: [expect.stringContaining("cannot be read")],
    })
    const { body } = await box.publish(friendly, 2)
    expect(body.result).toBe("proposed")
    const { hash } = (await box.admin.get(box.path(`/proposals/${body.proposalId}`))).body
    const second = (await box.second()).caller
    const approved = await second.post(box.path(`/proposals/${body.proposalId}/approve`), { hash })
    expect(approved.status, approved.text).toBe(200)
    expect((await policyInForce(box.tenantId, 3)).document.rules).toEqual([rule])
  })

  test("is broken says so when it is read or restored", async () => {
    await store({ version: 2, rules: [rule] })
    expect(codeOf(await box.admin.get(box.path("/policies/2")))).toEqual([503, "policy_unavailable"])
    const back = await box.admin.post(box.path("/policies/2/restore"), { basedOn: 2 })
    expect(codeOf(back)).toEqual([503, "policy_unavailable"])
    expect((await box.admin.get(box.path("/policies"))).body.inForce).toBe(2)
  })
})

test("a policy is compiled once, and kept apart by tenant and version", async () => {
  const first = await policyInForce(box.tenantId, 2)
  expect(await policyInForce(box.tenantId, 2)).toBe(first)

  const other = await tenantWithPolicy(world)
  await other.publish(friendly, 1)
  expect((await policyInForce(other.tenantId, 2)).document).not.toEqual(first.document)
  expect((await policyInForce(other.tenantId, 1)).document.rules).toEqual([
    { name: "tier-defaults", effect: "tier_default" },
  ])
  await expect(policyInForce(world.ours.tenantId, 2)).rejects.toMatchObject({ code: "policy_unavailable" })
})

test("a published version cannot be changed or deleted by the role that serves", async () => {
  for (const sql of [
    "UPDATE policy_version SET text = ''",
    "DELETE FROM policy_version",
    "DELETE FROM rule_proposal",
  ]) {
    await expect(world.app.query(sql)).rejects.toMatchObject({ code: "42501" })
  }
  for (const column of ["after", "before", "text", "hash", "effective_at", "proposed_by_id"]) {
    await expect(world.app.query(`UPDATE rule_proposal SET ${column} = ${column}`)).rejects.toMatchObject({
      code: "42501",
    })
  }
})
