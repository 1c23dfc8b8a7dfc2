import { tierWords } from "@/components/ui/tier-words"
import type { ApprovalView } from "@/lib/approvals/approval.schema"

type Ruled = Pick<ApprovalView, "tier" | "required">

/** Why people were asked: `tier default: T2 needs one reviewer`. */
export function ruleWords({ tier, required }: Ruled): string {
  const needs = required.map(
    ({ group, count }) => `${numberWords(count)} ${count === 1 ? singular(group) : group}`,
  )
  return `tier default: ${tierWords[tier].letter} needs ${needs.join(" and ")}`
}

/** Who still has to vote: `1 more reviewer`; null when nobody has to. */
export function stillNeeded(required: Ruled["required"], approvals: number): string | null {
  const [first] = required
  const left = required.reduce((sum, { count }) => sum + count, 0) - approvals
  if (!first || left <= 0) return null

  const group = left === 1 ? singular(first.group) : first.group
  return approvals === 0 ? `${left} ${group}` : `${left} more ${group}`
}

/** Why this person may not decide this change; the server decides again when they try. */
export function whyNotWords(whyNot: "forbidden" | "separation_of_duties" | "already_voted"): string {
  return {
    forbidden: "You can read this, but your role does not decide changes for this client.",
    separation_of_duties:
      "You cannot decide this one: you own the key that asked, made it, or operate the run. Another reviewer has to.",
    already_voted: "You have already approved this. Others still have to.",
  }[whyNot]
}

function singular(group: string): string {
  return group.replace(/s$/, "")
}

function numberWords(count: number): string {
  return ["no", "one", "two", "three", "four", "five"][count] ?? String(count)
}
