import { AppRouterContext } from "next/dist/shared/lib/app-router-context.shared-runtime"
import { createElement, type ComponentProps } from "react"
import { renderToStaticMarkup } from "react-dom/server"
import { describe, expect, test } from "vitest"
import { decisionWords } from "@/components/approvals/decision-words"
import { inboxEntries } from "@/components/approvals/inbox-entries"
import { pathOf } from "@/components/approvals/post-vote"
import { diffModel } from "@/components/diffs/diff-model"
import { anchorOf, byCall } from "@/components/diffs/plan-calls"
import { createSeenLedger, rowUnits } from "@/components/diffs/seen-ledger"
import { splitModel } from "@/components/diffs/split-model"
import { planParts } from "@/components/plans/plan-parts"
import { PlanReview } from "@/components/plans/plan-review"
import { callWords, explainPlan, highestTier, standingsOf, votesOf } from "@/components/plans/plan-words"
import type { ReviewedPlan } from "@/components/plans/reviewed-plan"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { aCall, aPlan } from "./a-plan"
import { readable } from "./rendered-change"

const vote = {
  personId: "per_2",
  name: "Rhea Novak",
  decision: "approve",
  reason: null,
  at: "2026-11-22T13:02:01Z",
  onBehalfOf: null,
  onBehalfOfName: null,
  selfReviewed: false,
} as const

describe("what of a plan was on screen", () => {
  const files = diffModel(planParts([aCall(1, "a.md"), aCall(3, "a.md")]))
  const unitsOf = (all: typeof files) =>
    all.flatMap(({ hunks }) =>
      hunks.flatMap(({ segments }) => segments.flatMap((one) => rowUnits(one).flat())),
    )

  test("is not all while what stands above one call was not", () => {
    const ledger = createSeenLedger(files)
    ledger.mark(unitsOf(files))
    expect(ledger.summary()).toMatchObject({ isAllSeen: false, hunkCount: 2, seenHunkCount: 0 })

    const [first, second] = files.flatMap(({ head }) => (head === undefined ? [] : [head]))
    if (first === undefined || second === undefined) throw new Error("Each call has a head.")
    ledger.mark([first])
    expect(ledger.summary().seenHunkCount).toBe(1)
    expect(ledger.firstUnseen(splitModel(files))).toMatchObject({ segmentId: "call3", row: 0 })
    ledger.mark([second])
    expect(ledger.summary().isAllSeen).toBe(true)
  })

  test("begins with the first call's head, and a way to a part leads above its call", () => {
    expect(createSeenLedger(files).firstUnseen(files)?.segmentId).toBe("call1")
    expect(files.map(anchorOf)).toEqual(["call1", "call3"])
    expect(byCall(files).map((group) => group.map(({ part }) => part.call))).toEqual([[1], [3]])
  })

  test("is asked for, where a diff leaves lines out, from each call's own approval", () => {
    expect(files.map(({ part }) => part.origin)).toEqual([
      { approvalId: "appr_1", position: 1 },
      { approvalId: "appr_3", position: 1 },
    ])
  })
})

describe("a plan's page", () => {
  const calls = [
    aCall(1, "a.md", { flags: ["before_unexpected"], reason: "The price." }),
    aCall(3, "b\u200b.md", { matchedRule: null, reason: "Ticket 4411." }),
  ]
  const free = [{ index: 1, tool: { server: "workspace", name: "read_file", version: "1.4.0" } }]
  const text = readable(markup(aPlan(calls, { free })))

  test("has of every call its tool, effects, rule, diff and input, and its hash beside the plan's", () => {
    for (const words of [
      "A plan of 2 calls",
      "amber-river-onion-falcon",
      "415c0b97",
      "Updates a.md in workspace main",
      "write_file",
      "1 line changes",
      "3 line changes",
      "prod writes",
      "tier default: T2 needs one reviewer",
      "call 3",
      "hash 33333333",
      "ZERO WIDTH SPACE",
      "not the state we last saw",
      "read_file",
      "Approve all 2 calls",
    ])
      expect(text).toContain(words)
    expect(text.split("The whole input")).toHaveLength(3)
  })

  test("says what the agent said once, below the line and nowhere above it", () => {
    const [above = "", below = ""] = text.split("said by the agent, not verified").slice(-2)
    expect(above).not.toContain("Ticket 4411.")
    expect(below.split("Ticket 4411.")).toHaveLength(2)
    expect(below).toContain("The price.")
  })

  test("cannot be approved before anything was on screen, nor voted on when nothing waits", () => {
    const approve = /<button[^>]*disabled=""[^>]*>Approve all 2 calls/
    expect(markup(aPlan(calls))).toMatch(approve)
    const over = aPlan([aCall(1, "a.md", { status: "denied" })], { status: "denied" })
    expect(markup(over)).not.toContain("Approve")
    expect(
      readable(
        markup({ ...aPlan(calls), viewer: { mayVoteOn: [], whyNot: "separation_of_duties", edited: null } }),
      ),
    ).toContain("You cannot decide this one")
  })

  test("leaves what has to be signed to its own page, and approves the rest", () => {
    const signed = aCall(2, "b.md", { stepUpRequired: true })
    const shown = readable(markup(aPlan([aCall(1, "a.md"), signed])))
    expect(shown).toContain("Approve the call that is left")
    expect(shown).toContain("One call needs your security key")
    expect(shown.split("approve it on its own page")).toHaveLength(2)
    const alone = readable(markup(aPlan([aCall(1, "a.md", { stepUpRequired: true })])))
    expect(alone).toContain("approve it on its own page")
  })

  test("says afterwards who decided, and how many calls came to what", () => {
    const applied = {
      executionId: "exec_1",
      status: "applied" as const,
      startedAt: vote.at,
      finishedAt: vote.at,
      matchesApproved: true,
      late: false,
      receipts: [],
    } satisfies ApprovalView["execution"]
    const page = aPlan(
      [
        aCall(1, "a.md", { status: "consumed", execution: applied, votes: [vote] }),
        aCall(2, "b.md", { status: "consumed", execution: applied, votes: [vote] }),
        aCall(3, "c.md", { status: "approved", useBy: "2026-11-22T14:00:00Z", votes: [vote] }),
        aCall(4, "d.md", { status: "expired", votes: [vote] }),
      ],
      { status: "approved" },
    )
    const shown = readable(markup(page))
    for (const words of [
      "Approved by Rhea Novak",
      "2 approved and applied",
      "1 approved, not yet spent",
      "1 expired",
    ])
      expect(shown).toContain(words)
    expect(shown.split("approved by Rhea Novak")).toHaveLength(2)
  })
})

test("calls that stand alike are counted together, and a vote on all of them is one", () => {
  const calls = [aCall(1, "a"), aCall(2, "b"), aCall(3, "c", { status: "denied" })].map(
    ({ approval }) => approval,
  )
  expect(standingsOf(calls).map(({ call, count }) => [call.status, count])).toEqual([
    ["pending", 2],
    ["denied", 1],
  ])
  const denial = { ...vote, decision: "deny" as const, reason: "No.", at: "2026-11-22T13:01:00Z" }
  expect(votesOf([{ votes: [vote] }, { votes: [vote, denial] }])).toEqual([denial, vote])
})

test("in the inbox the calls of a plan are one row, where the first of them stands", () => {
  const item = (approvalId: string, planId: string | null) => ({ approvalId, planId })
  const entries = inboxEntries([item("a", null), item("b", "p"), item("c", null), item("d", "p")])
  expect(entries.map((entry) => [entry.key, entry.planId === null ? 1 : entry.items.length])).toEqual([
    ["a", 1],
    ["p", 2],
    ["c", 1],
  ])
})

test("a plan is as dangerous as its most dangerous call, and is called by how many there are", () => {
  expect(highestTier([{ tier: "T1_REVERSIBLE_WRITE" }, { tier: "T3_EXECUTE" }])).toBe("T3_EXECUTE")
  expect([1, 2].map(callWords)).toEqual(["1 call", "2 calls"])
  const plan = { kind: "plan", id: "plan_1", planHash: "0", signedAlone: [] } as const
  const subject = { ...plan, approvalIds: ["a"], calls: 1 }
  const words = [subject, { ...subject, calls: 3 }, { ...subject, approvalIds: ["a", "b"], calls: 3 }]
  expect(words.map((each) => decisionWords(each).approve.button)).toEqual([
    "Approve this call",
    "Approve the call that is left",
    "Approve the 2 calls that are left",
  ])
  expect(pathOf(subject)).toBe("/plans/plan_1")
})

test.each(["pending", "approved", "denied", "expired", "cancelled", "done"] as const)(
  "says what it means that a plan is %s",
  (status) => {
    const { title, happened } = explainPlan(status, [])
    expect(title).not.toBe("")
    expect(happened).toMatch(/\.$/)
  },
)

function markup(page: ReviewedPlan): string {
  const review = createElement(PlanReview, { page, layout: "unified" })
  const router = {} as ComponentProps<typeof AppRouterContext.Provider>["value"]
  return renderToStaticMarkup(createElement(AppRouterContext.Provider, { value: router }, review))
}
