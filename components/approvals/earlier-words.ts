import type { VoteDecision } from "@/lib/approvals/approval"
import type { EarlierApproval, PartInterdiff } from "@/lib/approvals/interdiff.schema"

type Earlier = Pick<EarlierApproval, "status" | "votes" | "decidedAt" | "endedBecause">

/** What became of an earlier request, and by whom: `denied by Rhea Novak`. */
export function earlierWords({ status, votes, decidedAt, endedBecause }: Earlier): string {
  // A decision that was carried over has its votes where they were cast.
  const approved = `approved${byWords(votes, "approve") || " by a decision carried over"}`
  switch (status) {
    case "pending":
      return "still waits for a decision"
    case "denied":
      return deniedWords(votes, endedBecause)
    case "approved":
      return `${approved}, not used yet`
    case "consumed":
      return `${approved} and used`
    case "stale":
      return `${approved}, but the target had changed`
    case "expired":
      return decidedAt === null ? "expired, nobody decided" : `${approved}, but not used in time`
    case "cancelled":
      return endedBecause === "carried_over"
        ? `${approved}, which was carried over to another run`
        : "cancelled before it was used"
  }
}

function deniedWords(votes: EarlierApproval["votes"], because: string | null): string {
  if (because === "changes_requested") return `sent back${byWords(votes, "request_changes")}`

  return `${because === "approved_in_part" ? "approved in part" : "denied"}${byWords(votes, "deny")}`
}

/** How a part differs from what was asked for then. */
export function sinceWords(part: Pick<PartInterdiff, "result" | "isWhole" | "why">): string {
  if (part.result === "same") return "asks for exactly the same again"
  if (part.result === "different")
    return part.isWhole ? "shown as a whole: too much to compare" : "asks for something else"
  return part.why === "erased"
    ? "cannot be compared: the earlier content was erased"
    : "not compared: the contents are too large together"
}

function byWords(votes: EarlierApproval["votes"], decision: VoteDecision): string {
  const names = votes.filter((vote) => vote.decision === decision).map(({ name }) => name)
  return names.length === 0 ? "" : ` by ${new Intl.ListFormat("en-GB").format(names)}`
}
