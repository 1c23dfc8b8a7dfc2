import { expect, test } from "vitest"
import { idBefore } from "@/lib/kernel/id"
import type { PolicyRule } from "@/lib/policies/policy"
import { compilePolicy } from "@/lib/policies/compile-policy"
import { retell, type RecordedCall } from "@/lib/simulations/recorded-call"
import { addCounts, answerCounts } from "@/lib/simulations/simulation"
import { someFacts } from "../../support/policy-facts"

const policy = (effect: PolicyRule["effect"]) =>
  compilePolicy({ version: 1, rules: [{ name: "all", effect }] })

const aCall = (changes: Partial<RecordedCall> = {}): RecordedCall => ({
  ...{ callId: "call_x", runId: "run_x", approvalId: null, server: "s", name: "n", version: "1" },
  ...{ decision: "pending", reasons: [], rule: "r", checks: [], policyVersion: 1, requestedAt: new Date(0) },
  required: null,
  facts: someFacts(),
  ...changes,
})
const denied = (code: string) => ({ decision: "deny", reasons: [{ code, message: "" }] }) as const

test.each([
  ["allow", "allow"],
  ["deny", "deny"],
  ["require_approval", "pending"],
] as const)("a rule that says %s is told as %s", (effect, answer) => {
  expect(retell(policy(effect), aCall())).toMatchObject({ untold: null, answer, rule: "all" })
})

test("people cannot be asked about a call that changes nothing, so it would be refused", () => {
  const call = aCall({ facts: someFacts({ change: null }) })
  expect(retell(policy("require_approval"), call)).toMatchObject({
    answer: "deny",
    reasons: [{ code: "change_required" }],
  })
})

test.each([
  ["refused before the policy was asked", { ...denied("tool_suspended"), facts: null }, "refused_otherwise"],
  ["refused because its key may not execute", denied("scope_missing"), "refused_otherwise"],
  ["refused because its run had closed", denied("run_closed"), "refused_otherwise"],
  ["of which nothing was recorded", { facts: null }, "unrecorded"],
  ["refused because no policy could be had", { ...denied("policy_unavailable"), facts: null }, "unrecorded"],
  ["whose facts were erased", { facts: "gone" }, "gone"],
] as const)("nothing is said of a call %s", (_, changes, untold) => {
  expect(retell(policy("allow"), aCall(changes))).toEqual({ untold })
})

test("counts add up piece by piece, and only what happened is shown", () => {
  const counts = addCounts({ "allow>deny": 2, gone: 1 }, { "allow>deny": 1, "deny>allow": 4 })
  expect(answerCounts(counts)).toEqual([
    { was: "allow", now: "deny", calls: 3 },
    { was: "deny", now: "allow", calls: 4 },
  ])
})

test("the least id of a time is that of a ULID whose random part is nothing", () => {
  expect(idBefore("call", 1_469_918_176_385)).toBe("call_01ARYZ6S410000000000000000")
})
