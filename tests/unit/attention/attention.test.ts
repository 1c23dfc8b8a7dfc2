import { expect, test } from "vitest"
import { sizeWords, spanWords } from "@/components/attention/attention-words"
import { hurriedSize, summarise, type DecisionFacts } from "@/lib/attention/attention"

const decided = (changes: Partial<DecisionFacts> = {}): DecisionFacts => ({
  tenantId: "ten_1",
  tenantName: "Acme Dental",
  server: "workspace",
  tool: "write_file",
  personId: "per_1",
  personName: "Rhea",
  isApproval: true,
  lines: 5,
  visibleMs: 2_000,
  wasShown: true,
  ...changes,
})

test("the median is of what a page reported on, between the middle two where there is no middle", () => {
  const times = [9_000, 1_000, null, 3_000, 4_000].map((visibleMs) => decided({ visibleMs }))
  expect(summarise(times)).toMatchObject({ decisions: 5, withoutPage: 1, medianMs: 3_500 })
  expect(summarise([]).medianMs).toBeNull()
})

test("a run of approvals is one person's, and ends with their denial alone", () => {
  const by = (personId: string, isApproval: boolean) => decided({ personId, isApproval })
  const facts = [by("a", true), by("b", true), by("a", true), by("b", false), by("a", true), by("b", true)]
  expect(summarise(facts)).toMatchObject({ longestStreak: 3, approvals: 5, denials: 1 })
})

test.each([
  ["100 lines in 9.9 s", { lines: 100, visibleMs: 9_900 }, 1],
  ["100 lines in 10 s", { lines: 100, visibleMs: 10_000 }, 0],
  ["a change too short to say", { lines: 19, visibleMs: 1 }, 0],
  ["a decision without a page", { lines: 100, visibleMs: null }, 0],
] as const)("counts %s as quick or not", (_, changes, quick) => {
  expect(summarise([decided(changes)]).quick).toBe(quick)
})

test("only what was decided on a page before its end counts as not shown", () => {
  const facts = [decided({ wasShown: false }), decided({ wasShown: false, visibleMs: null }), decided()]
  expect(summarise(facts).beforeShown).toBe(1)
})

test("each size has its decisions, and a hint comes of long ones that are decided faster than read", () => {
  const long = Array.from({ length: 5 }, () => decided({ lines: 400, visibleMs: 9_000 }))
  const slow = Array.from({ length: 5 }, () => decided({ lines: 60, visibleMs: 90_000 }))
  const few = long.slice(1)

  expect(summarise([...long, ...slow]).sizes.map(({ decisions }) => decisions)).toEqual([0, 0, 5, 5])
  expect(hurriedSize(summarise([...long, ...slow]))).toMatchObject({ linesMin: 201, medianMs: 9_000 })
  expect(hurriedSize(summarise(slow))).toBeNull()
  expect(hurriedSize(summarise(few))).toBeNull()
})

test("sizes and times are said in words", () => {
  const { sizes } = summarise([])
  expect(sizes.map(sizeWords)).toEqual([
    "up to 10 lines",
    "11 to 50 lines",
    "51 to 200 lines",
    "over 200 lines",
  ])
  expect([null, 400, 9_000, 150_000, 600_000].map(spanWords)).toEqual([
    "–",
    "under 1 s",
    "9 s",
    "2 min 30 s",
    "10 min",
  ])
})
