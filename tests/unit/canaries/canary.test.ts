import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { appearsAt, canaryApprovalId, canaryCommitment, canaryPeriods } from "@/lib/canaries/canary"
import { isId } from "@/lib/kernel/id"

const known = {
  tenantId: "ten_01J00000000000000000000000",
  canaryId: "cnry_01J00000000000000000000000",
  secret: "0".repeat(64),
}

test("the published vector comes out: what the log holds before, and the id that follows from the secret", () => {
  expect(canaryCommitment(known)).toBe("fe82d1ab3e4dcc3e9a558efaba3bc42e7345f29a483db5542c63f9f9b59d5ad0")
  expect(canaryApprovalId(known, 1_763_822_531_123)).toBe("appr_01KAP07WHKH08T9V4FB52NRSM1")
})

test("every id is one of an approval, of its time, and another for another canary", () => {
  const secrets = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => Buffer.from(bytes).toString("hex"))
  fc.assert(
    fc.property(
      fc.uniqueArray(secrets, { minLength: 2, maxLength: 2 }),
      fc.nat({ max: 2 ** 45 }),
      ([one, other], at) => {
        const [first, second] = [one, other].map((secret = "") => canaryApprovalId({ ...known, secret }, at))
        expect(isId("approval", first ?? "")).toBe(true)
        expect(first?.slice(0, 15)).toBe(second?.slice(0, 15))
        expect(first).not.toBe(second)
      },
    ),
  )
})

describe("the moment of appearing", () => {
  const day = 24 * 60 * 60 * 1_000
  const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

  test("lies between half a period and one and a half, moved by half a week at most", () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 41),
        fc.constantFrom(...canaryPeriods),
        chances,
        fc.option(fc.nat(2 ** 41)),
        (now, period, chance, decided) => {
          const days = (appearsAt(now, period, chance, decided) - now) / day
          expect(days).toBeGreaterThanOrEqual(period * 0.5 - 3.5 - 1e-6)
          expect(days).toBeLessThanOrEqual(period * 1.5 + 3.5 + 1e-6)
          expect(days).toBeGreaterThanOrEqual(-1e-6)
        },
      ),
    )
  })

  test("is an hour of the week at which somebody decided, for at night nobody would see it", () => {
    const tuesdayMorning = Date.parse("2026-11-17T09:12:00Z")
    const at = new Date(appearsAt(Date.parse("2026-11-23T03:00:00Z"), 14, 0.37, tuesdayMorning))
    expect([at.getUTCDay(), at.getUTCHours(), at.getUTCMinutes()]).toEqual([2, 9, 12])
  })
})
