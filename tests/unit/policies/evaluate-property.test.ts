import fc from "fast-check"
import { expect, test } from "vitest"
import { compilePolicy } from "@/lib/policies/compile-policy"
import { evaluate } from "@/lib/policies/evaluate"
import type { PolicyAnswer } from "@/lib/policies/policy-answer"
import { readPolicy, writePolicy } from "@/lib/policies/policy-text"
import {
  arbitraryFacts,
  arbitraryGrant,
  arbitraryGrantFacts,
  arbitraryPolicy,
  conditions,
  grantTime,
} from "../../support/arbitrary-policies"
import { referenceAnswer } from "../../support/reference-policy"

test("answers as the reference does, on any policy and any call", { timeout: 60_000 }, () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(arbitraryPolicy, arbitraryFacts, (policy, facts) => {
      // What the reference leaves out has tests of its own.
      const rules = policy.rules.map(
        ({ recipients: _, patchPaths: __, configFeatures: ___, ...rule }) => rule,
      )
      const document = { version: 1, rules, ...(policy.tainted && { tainted: policy.tainted }) } as const
      const plain =
        facts.change === null ? facts : { ...facts, change: { ...facts.change, configFeatures: [] } }

      const answer = evaluate(compilePolicy(document), plain)
      seen.add(answer.effect)
      const holds = (when: string) => conditions.get(when)?.(plain) ?? null
      expect(compared(answer)).toEqual(referenceAnswer(document, plain, holds))
    }),
    { numRuns: 2_000 },
  )

  expect([...seen].sort()).toEqual(["allow", "deny", "require_approval"])
})

test("answers as the reference does where rules are grants", { timeout: 60_000 }, () => {
  let granted = 0
  const grants = fc.array(arbitraryGrant, { minLength: 1, maxLength: 2 })
  fc.assert(
    fc.property(arbitraryPolicy, grants, arbitraryFacts, arbitraryGrantFacts, (policy, some, call, more) => {
      const rules = policy.rules
        .slice(0, 1)
        .map(({ recipients: _, patchPaths: __, configFeatures: ___, ...rule }) => rule)
      const named = some.map((rule, index) => ({ name: `grant-${index}`, ...rule }))
      const document = { ...policy, limits: {}, rules: [...rules, ...named] }
      const { spentGrants, ...change } = more
      const changed = call.change === null ? null : { ...call.change, ...change, configFeatures: [] }
      const facts = { ...call, change: changed, now: grantTime, ...(spentGrants && { spentGrants }) }

      const answer = evaluate(compilePolicy(document), facts)
      const { effect, rule, grant } = answer
      const isGranted = effect === "allow" && rule?.startsWith("grant-") === true
      if (isGranted) granted += 1
      expect(grant?.rule ?? null).toBe(isGranted ? rule : null)
      const holds = (when: string) => conditions.get(when)?.(facts) ?? null
      expect(compared(answer)).toEqual(referenceAnswer(document, facts, holds))
    }),
    { numRuns: 4_000 },
  )

  expect(granted).toBeGreaterThan(50)
})

/** What the reference answers too. */
function compared({ effect, rule, approval }: PolicyAnswer) {
  if (approval === null) return { effect, rule }

  const ways = new Map<number, string[]>()
  for (const { group, count, alternative = 0 } of approval.stages) {
    ways.set(alternative, [...(ways.get(alternative) ?? []), `${count} ${group}`])
  }
  return {
    effect,
    rule,
    isSigned: approval.isStepUpRequired,
    ways: [...ways.values()].map((stages) => stages.join(" and ")),
    isOwn: approval.isSelfReviewAllowed,
  }
}

test("is read back from what was written, whatever it says", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(arbitraryPolicy, (policy) => {
      const text = writePolicy(policy)
      const read = readPolicy(text)

      expect(read).toEqual({ ok: true, document: policy })
      if (read.ok) expect(writePolicy(read.document)).toBe(text)
    }),
    { numRuns: 300 },
  )
})

test("always says why not, and what it asks for", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(arbitraryPolicy, arbitraryFacts, (policy, facts) => {
      const { effect, reasons, approval, checks } = evaluate(compilePolicy(policy), facts)

      expect(reasons.length > 0).toBe(effect === "deny")
      expect(approval !== null).toBe(effect === "require_approval")
      expect(checks.some(({ result }) => result === "fail" || result === "error")).toBe(effect === "deny")
    }),
    { numRuns: 1_000 },
  )
})
