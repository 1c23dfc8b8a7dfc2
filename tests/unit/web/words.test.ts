import { expect, test } from "vitest"
import { toAnswer } from "@/components/auth/next-auth-client"
import { earlierWords } from "@/components/approvals/earlier-words"
import { inboxGroups } from "@/components/approvals/inbox-groups"
import { problemWords } from "@/components/approvals/problem-words"
import { ruleWords, stillNeeded, whyNotWords } from "@/components/approvals/rule-words"
import { shortId } from "@/components/ui/short-id"
import { explainStatus } from "@/components/approvals/status-words"
import { ageWords, clockWords, knownTimeZone, leftWords } from "@/components/ui/time-format"
import { errorCodes } from "@/lib/errors/codes"

const vote = {
  personId: "per_1",
  name: "Rhea Novak",
  decision: "approve",
  reason: null,
  at: "2026-11-22T13:02:01Z",
  onBehalfOf: null,
  onBehalfOfName: null,
  selfReviewed: false,
} as const
type Standing = Parameters<typeof explainStatus>[0]
type Status = Standing["status"]
type Execution = NonNullable<Parameters<typeof explainStatus>[0]["execution"]>

const execution = {
  executionId: "exec_1",
  status: "applied" as const,
  startedAt: "2026-11-22T13:02:11Z",
  finishedAt: "2026-11-22T13:02:12Z",
  matchesApproved: true,
  late: false,
  receipts: [],
} satisfies Execution

const nothing = { execution: null, votes: [], carriedVotes: null }
const { decision: _, selfReviewed: _own, ...carried } = vote

test.each([
  ["consumed", { execution, votes: [], carriedVotes: [carried] }, "Approved in another run by Rhea Novak"],
  ["expired", { votes: [], carriedVotes: [carried] }, "It was approved, but"],
  ["pending", {}, "Nothing has been done."],
  ["denied", {}, "The change was not made."],
  ["expired", {}, "The agent has to ask again."],
  ["cancelled", { endedBecause: "run_closed" }, "The run was closed"],
  ["stale", { endedBecause: "before_changed" }, "The target changed"],
  ["consumed", { execution }, "ran exactly as approved"],
  ["consumed", { execution: { ...execution, matchesApproved: false } }, "differs from what was approved"],
  ["consumed", { execution: { ...execution, status: "unknown" as const } }, "may or may not be there"],
  ["consumed", { execution: { ...execution, status: "failed" as const } }, "reported a failure"],
] satisfies [Status, Partial<Standing>, string][])(
  "says what became of an approval that is %s",
  (status, more, expected) => {
    const { title, happened, notDone } = explainStatus({
      status,
      endedBecause: null,
      execution: null,
      votes: [vote],
      carriedVotes: null,
      ...more,
    })

    expect(`${title} ${happened} ${notDone ?? ""}`).toContain(expected)
  },
)

test.each([
  ["consumed", [vote], null, "approved by Rhea Novak and used"],
  ["consumed", [], null, "approved by a decision carried over and used"],
  ["cancelled", [vote], "carried_over", "approved by Rhea Novak, which was carried over to another run"],
  ["denied", [{ ...vote, decision: "deny" }], "approved_in_part", "approved in part by Rhea Novak"],
  ["denied", [{ ...vote, decision: "request_changes" }], "changes_requested", "sent back by Rhea Novak"],
] as const)("says of a request before that is %s who decided it", (status, votes, endedBecause, expected) => {
  expect(earlierWords({ status, votes: [...votes], endedBecause, decidedAt: vote.at })).toBe(expected)
})

test("an ending that this page has no sentence for is named rather than hidden", () => {
  expect(explainStatus({ status: "cancelled", endedBecause: "of_the_moon", ...nothing }).happened).toContain(
    "of the moon",
  )
})

test("every refusal a vote can get says that nothing was decided, or that it is not known", () => {
  const known = ["unauthenticated", "csrf_failed", "forbidden", "separation_of_duties", "approval_closed"]
  for (const code of [...known, "hash_mismatch", "reason_required", "conflict", "unavailable"]) {
    expect(Object.keys(errorCodes)).toContain(code)
    expect(problemWords({ code })).toMatch(/[Nn]othing was (?:decided|changed)|not counted|not known/)
  }
  expect(problemWords({ code: "brand_new", detail: "No.", requestId: "r1" })).toBe(
    "No. Nothing was decided. Request r1.",
  )
  expect(problemWords({ code: "edited_recently", detail: "You edited the policy.", requestId: "r1" })).toBe(
    "You edited the policy. Nothing was decided.",
  )
})

const anEdit = {
  kind: "tool",
  subject: "crm/set_price",
  at: "2026-11-23T09:12:01.5+00:00",
  until: "2026-11-24T09:12:01.5+00:00",
} as const

test("says who still has to vote and why people were asked", () => {
  const rule = { tier: "T2_IRREVERSIBLE_WRITE", required: [{ group: "reviewers", count: 1 }] } as const
  expect(ruleWords({ ...rule, required: [...rule.required] })).toBe("tier default: T2 needs one reviewer")
  const counted = (owners: number, admins: number, voters: number) => ({ owners, admins, voters })
  const either = [
    { group: "owners", count: 1, alternative: 1 },
    { group: "reviewers", count: 2, alternative: 2 },
  ]
  expect(ruleWords({ ...rule, required: either })).toBe("tier default: T2 needs one owner, or two reviewers")
  expect(stillNeeded(either, counted(0, 0, 0))).toBe("1 owner, or 2 reviewers")
  expect(stillNeeded(either, counted(0, 1, 1))).toBe("1 owner, or 1 more reviewer")
  expect(stillNeeded(either, counted(1, 1, 1))).toBeNull()
  expect(stillNeeded([...rule.required], counted(0, 0, 0))).toBe("1 reviewer")
  expect(stillNeeded([{ group: "reviewers", count: 2 }], counted(0, 0, 1))).toBe("1 more reviewer")
  expect(stillNeeded([...rule.required], counted(0, 0, 1))).toBeNull()
  const both = [
    { group: "reviewers", count: 1 },
    { group: "admins", count: 1 },
  ]
  expect(stillNeeded(both, counted(0, 0, 0))).toBe("1 admin and 1 reviewer")
  expect(stillNeeded(both, counted(0, 0, 2))).toBe("1 admin")
  expect(stillNeeded(both, counted(1, 1, 1))).toBe("1 reviewer")
  expect(whyNotWords("edited_recently", anEdit)).toBe(
    "You edited the tool crm/set_price in the last 24 hours, so you cannot decide by it until 2026-11-24 09:13 UTC. Another reviewer has to.",
  )
})

test("keeps a tenant's runs together, and lets what expires soonest rise", () => {
  const item = (tenantId: string, runId: string, minutes: number) =>
    ({
      tenantId,
      runId,
      tenantName: tenantId,
      run: {},
      expiresAt: `2026-11-22T13:${String(minutes).padStart(2, "0")}:00Z`,
    }) as never
  const items = [
    item("a", "r1", 30),
    item("b", "r2", 10),
    item("a", "r3", 20),
    item("b", "r2", 5),
    item("a", "r1", 40),
  ]

  expect(inboxGroups(items).map(({ key, items: inside }) => [key, inside.length])).toEqual([
    ["r2", 2],
    ["r3", 1],
    ["r1", 2],
  ])
})

test("times in few words", () => {
  expect([0, 12_000, 240_000, 7_200_000, 172_800_000].map(ageWords)).toEqual([
    "just now",
    "12 s ago",
    "4 min ago",
    "2 h ago",
    "2 d ago",
  ])
  expect([-5, 18_000, 249_000, 2_520_000, 3_600_000, 4_320_000].map(leftWords)).toEqual([
    "none",
    "18 s",
    "4 min 09 s",
    "42 min",
    "1 h",
    "1 h 12 min",
  ])
  expect(clockWords("2026-11-22T13:02:11Z", "Europe/Berlin")).toBe("14:02:11")
  expect(knownTimeZone("Nowhere/<script>")).toBe("UTC")
  expect(shortId("appr_01M81TZK9D8N5EBAXG3GC25W24")).toBe("appr_01M…5W24")
})

test("what next-auth says in an address becomes an answer", () => {
  expect(toAnswer(null)).toEqual({ ok: true })
  expect(toAnswer("unauthenticated")).toEqual({ ok: false, problem: "wrong" })
  expect(toAnswer("too_many_attempts:61")).toEqual({ ok: false, problem: "throttled", waitSeconds: 61 })
  expect(toAnswer("Configuration")).toEqual({ ok: false, problem: "unavailable" })
})
