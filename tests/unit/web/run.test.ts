import { expect, test } from "vitest"
import { codeWords, eventWords, partyWords } from "@/components/runs/event-words"
import { timelineDays } from "@/components/runs/timeline-days"
import { auditEventTypes } from "@/lib/audit/audit-event"

test.each([
  [true, "Applied, exactly as approved", "good"],
  [false, "Applied, but not as approved", "look"],
  [undefined, "Applied", "good"],
])("says what was applied when it matching is %s", (matchesApproved, title, tone) => {
  const result = { status: "applied", ...(matchesApproved === undefined ? {} : { matchesApproved }) }
  expect(eventWords({ eventType: "execution.applied", result })).toEqual({ title, tone })
})

test("every event a run can have has a sentence, and one that is new is named rather than hidden", () => {
  const result = { status: "" }
  const ofRuns = auditEventTypes.filter((type) =>
    /^(run|run_token|tool_call|approval|plan|execution)\./.test(type),
  )
  for (const eventType of ofRuns) {
    expect(eventWords({ eventType, result }).title).not.toBe(eventType.replaceAll(/[._]/g, " "))
  }
  expect(eventWords({ eventType: "run.moved_on", result }).title).toBe("run moved on")
})

test("names people, and shortens what has only an id", () => {
  const short = (id: string) => id.slice(0, 5)
  expect(partyWords({ kind: "person", id: "per_1", name: "Rhea Novak" }, short)).toBe("Rhea Novak")
  expect(partyWords({ kind: "key", id: "key_01J00", name: null }, short)).toBe("key_0")
  expect(partyWords({ kind: "system", id: "expiry", name: null }, short)).toBe("Deltaseal")
})

test("a refusal's code is said in words, and one without words by its name", () => {
  expect(codeWords("before_changed")).toBe("The target changed since it was reviewed")
  expect(codeWords("toString")).toBe("toString")
  expect(codeWords("brand_new")).toBe("brand new")
})

test("a day is the reader's own day", () => {
  const events = ["2026-11-22T21:30:00Z", "2026-11-22T22:30:00Z", "2026-11-22T23:30:00Z"].map(
    (timestamp) => ({
      timestamp,
    }),
  )
  expect(timelineDays(events, "UTC").map(({ events }) => events.length)).toEqual([3])
  expect(timelineDays(events, "Europe/Berlin").map(({ events }) => events.length)).toEqual([2, 1])
  expect(timelineDays([], "UTC")).toEqual([])
})
