import { expect, test } from "vitest"
import { digestOf, listedMax } from "@/lib/approvals/inbox-digest.queries"

const run = (runId: string, waiting: number) => ({
  ...{ runId, waiting, tenantId: "ten_1", tenantName: "Acme", workflow: "nightly" },
})
const items = (count: number, runId: string, planId: string | null = null) =>
  Array.from({ length: count }, () => ({ runId, planId }))

test("up to fifty decisions are listed, a plan as one; of what is more each run has one row with its count", () => {
  const few = digestOf(items(listedMax, "run_a"), [run("run_a", listedMax)])
  expect([few.listed.length, few.more]).toEqual([listedMax, []])

  const waiting = [...items(40, "run_a", "plan_1"), ...items(45, "run_b"), ...items(7, "run_c")]
  const many = digestOf(waiting, [run("run_a", 40), run("run_b", 145), run("run_c", 7), run("run_d", 3)])
  expect(many.listed).toHaveLength(40 + 45 + 4)
  expect(many.more.map(({ runId, waiting: left }) => [runId, left])).toEqual([
    ["run_b", 100],
    ["run_c", 3],
    ["run_d", 3],
  ])
})
