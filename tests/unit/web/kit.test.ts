import { expect, test } from "vitest"
import { isIn, placesFor } from "@/components/layout/places"
import { runsPath, shownRuns } from "@/components/runs/run-filter"
import { cancelledWords } from "@/components/stops/stop-words"
import { formFields, pointerOf } from "@/components/ui/form-fields"
import { apiProblemWords } from "@/components/ui/problem-words"
import { errorCodes } from "@/lib/errors/codes"

test.each([
  [["owner"], ["inbox", "runs", "tools", "policies", "keys", "members", "clients"]],
  [["admin"], ["inbox", "runs", "tools", "policies", "keys", "members", "clients"]],
  [["auditor"], ["inbox", "runs", "tools", "policies", "keys", "members", "clients"]],
  [["reviewer"], ["inbox", "runs", "tools", "policies"]],
  [
    ["reviewer", "admin"],
    ["inbox", "runs", "tools", "policies", "keys", "members", "clients"],
  ],
  [[], []],
] as const)("shows %j the places they may visit", (roles, shown) => {
  expect(placesFor(roles)).toEqual(shown)
})

test("a page belongs to its place, and a place that only begins alike does not", () => {
  expect(isIn(["/inbox", "/approvals"], "/approvals/appr_1")).toBe(true)
  expect(isIn(["/runs"], "/runs")).toBe(true)
  expect(isIn(["/runs"], "/runs-of-others")).toBe(false)
})

test("a filter goes into the address and comes back, and what is no choice is none", () => {
  const shown = { tenant: "ten_1", environment: "dev", status: "open" } as const
  const path = runsPath(shown, { cursor: "run_1" })
  expect(path).toBe("/runs?tenant=ten_1&environment=dev&status=open&cursor=run_1")
  expect(shownRuns(Object.fromEntries(new URL(path, "http://a.example").searchParams))).toEqual(shown)
  expect(runsPath(shownRuns({ status: "lost", environment: ["dev"], tenant: [] }))).toBe("/runs")
  expect(runsPath(shown, { status: undefined, environment: undefined, tenant: undefined })).toBe("/runs")
})

test.each([
  [0, 0, "Nothing in it waits for a decision."],
  [1, 0, "1 change that waits for a decision is cancelled with it."],
  [
    2,
    1,
    "2 changes that wait for a decision and 1 change approved but not yet applied are cancelled with it.",
  ],
  [0, 1, "1 change approved but not yet applied is cancelled with it."],
])("stopping with %i waiting and %i unspent says what is cancelled", (pending, approved, words) => {
  expect(cancelledWords(pending, approved)).toBe(words)
})

test("every refusal of a write says that nothing was changed, or that it is not known", () => {
  for (const code of [...Object.keys(errorCodes), "not_sent", "unreachable"])
    expect(apiProblemWords({ code, detail: "So it is." })).toMatch(/[Nn]othing|Reload|reload/)
  expect(apiProblemWords({ code: "invalid_name", detail: "A name has spaces." })).toBe(
    "A name has spaces. Nothing was changed.",
  )
  expect(apiProblemWords({ code: "internal", requestId: "abc" })).toContain("Request abc.")
})

test("a form is read by name: without the spaces around it, or exactly", () => {
  const data = new FormData()
  data.append("name", "  Acme ")
  data.append("note", " ")
  data.append("environments", "dev")
  data.append("environments", "prod")
  const fields = formFields(data)

  expect([fields.text("name"), fields.exact("name"), fields.optional("note")]).toEqual([
    "Acme",
    "  Acme ",
    null,
  ])
  expect(fields.list("environments")).toEqual(["dev", "prod"])
  expect([fields.text("nowhere"), fields.list("nowhere")]).toEqual(["", []])
  expect(pointerOf("limits.calls")).toBe("/limits/calls")
})
