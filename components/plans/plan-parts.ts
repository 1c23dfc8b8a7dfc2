import { diffParts } from "@/components/approvals/diff-parts"
import type { DiffPart } from "@/components/diffs/diff-model"
import type { PlanCall } from "./reviewed-plan"

/** The parts of all calls of a plan, in order, as one change to look through. */
export function planParts(calls: readonly Pick<PlanCall, "number" | "approval">[]): DiffPart[] {
  return calls.flatMap(({ number, approval }) =>
    diffParts(approval).map((part) => ({ ...part, call: number })),
  )
}
