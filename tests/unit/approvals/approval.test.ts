import { expect, test } from "vitest"
import { approvalStatuses, isTerminal, mayBecome } from "@/lib/approvals/approval"

/** SPEC 4.1, row by row. */
const transitions: Readonly<Record<(typeof approvalStatuses)[number], readonly string[]>> = {
  pending: ["approved", "denied", "expired", "cancelled"],
  approved: ["pending", "expired", "cancelled", "stale", "consumed"],
  denied: [],
  expired: [],
  cancelled: [],
  stale: [],
  consumed: [],
}

const every = approvalStatuses.flatMap((from) => approvalStatuses.map((to) => [from, to] as const))

test.each(every)("%s to %s is as SPEC 4.1 says", (from, to) => {
  expect(mayBecome(from, to)).toBe(transitions[from].includes(to))
})

test("what nothing leads out of is terminal, and nothing else", () => {
  expect(approvalStatuses.filter(isTerminal)).toEqual(["denied", "expired", "cancelled", "stale", "consumed"])
})
