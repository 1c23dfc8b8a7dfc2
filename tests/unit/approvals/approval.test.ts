import { describe, expect, test } from "vitest"
import { approvalStatuses, isTerminal, mayBecome, whyNoVote } from "@/lib/approvals/approval"

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

describe("a person may vote", () => {
  const approval = {
    keyOwnerId: "per_owner",
    keyCreatedById: "per_creator",
    operatorId: "per_operator",
    voters: ["per_voter"],
  }
  const person = (personId: string, ...roles: string[]) => ({ personId, roles })

  test.each([
    ["reviewer", null],
    ["admin", null],
    ["owner", null],
    ["auditor", "forbidden"],
  ])("as %s: %s", (role, why) => {
    expect(whyNoVote(person("per_other", role), approval)).toBe(why)
  })

  test.each([
    ["per_owner", "separation_of_duties"],
    ["per_creator", "separation_of_duties"],
    ["per_operator", "separation_of_duties"],
    ["per_voter", "already_voted"],
  ])("but not %s, admin or not (%s)", (personId, why) => {
    expect(whyNoVote(person(personId, "admin", "owner", "reviewer"), approval)).toBe(why)
  })

  test("with one role that may, whatever the others", () => {
    expect(whyNoVote(person("per_other", "auditor", "reviewer"), approval)).toBeNull()
  })

  test("but not without any role", () => {
    expect(whyNoVote(person("per_other"), approval)).toBe("forbidden")
  })
})
