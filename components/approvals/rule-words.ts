import { tierWords } from "@/components/ui/tier-words"
import type { WhyNoVote } from "@/lib/approvals/approval"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { missingIn, placesOf, waysIn, type Counted } from "@/lib/approvals/quorum"
import { editedHours, editedWords, untilWords, type RecentEdit } from "@/lib/approvals/recent-edit"

type Ruled = Pick<ApprovalView, "tier" | "required">

/** Why people were asked: `tier default: T2 needs one reviewer`. */
export function ruleWords({ tier, required }: Ruled): string {
  return `tier default: ${tierWords[tier].letter} needs ${stagesWords(required)}`
}

/** Whom something takes: `one reviewer`, `one owner, or two admins and one reviewer`. */
export function stagesWords(required: Ruled["required"]): string {
  const ways = waysIn(required).map((way) =>
    way.map(({ group, count }) => `${numberWords(count)} ${groupWords(group, count)}`).join(" and "),
  )
  return ways.join(", or ")
}

/** Who still has to vote: `1 more reviewer`, or `1 owner, or 2 reviewers`; null when nobody has to. */
export function stillNeeded(required: Ruled["required"], counted: Counted): string | null {
  if (missingIn(required, counted) === 0) return null

  const ways = waysIn(required).map((way) =>
    placesOf(way, counted)
      .map(({ group, count, filled }) => ({ group, left: count - filled, more: filled === 0 ? "" : "more " }))
      .filter(({ left }) => left > 0)
      .map(({ group, left, more }) => `${left} ${more}${groupWords(group, left)}`)
      .join(" and "),
  )
  return [...new Set(ways)].join(", or ")
}

/** Why this person may not decide this change; the server decides again when they try. */
export function whyNotWords(whyNot: WhyNoVote, edited: RecentEdit | null): string {
  return {
    forbidden: "You can read this, but your role does not decide changes for this client.",
    separation_of_duties:
      "You cannot decide this one: you own the key that asked, made it, or operate the run. Another reviewer has to.",
    edited_recently: editedRecently(edited),
    counts_as_one:
      "You cannot decide this one: a link set a password in the last 24 hours, which makes you one person with somebody who is part of it or edited its rules. Another reviewer has to.",
    already_voted: "You have already approved this. Others still have to.",
  }[whyNot]
}

function editedRecently(edited: RecentEdit | null): string {
  const what = edited === null ? "what this is decided by" : editedWords(edited)
  const until = edited === null ? "" : ` until ${untilWords(edited)}`

  return `You edited ${what} in the last ${editedHours} hours, so you cannot decide by it${until}. Another reviewer has to.`
}

/** A group in the number that fits. */
export function groupWords(group: string, count: number): string {
  return count === 1 ? group.replace(/s$/, "") : group
}

function numberWords(count: number): string {
  return ["no", "one", "two", "three", "four", "five"][count] ?? String(count)
}
