import type { EarlierApproval, PartInterdiff } from "@/lib/approvals/interdiff.schema"

/** What became of an earlier request: `denied`, and by whom. Null where nobody decided. */
export function earlierWords({ status, votes }: Pick<EarlierApproval, "status" | "votes">): string {
  const denied = namesOf(votes, "deny")
  const approved = namesOf(votes, "approve")
  switch (status) {
    case "pending":
      return "still waits for a decision"
    case "denied":
      return `denied by ${denied}`
    case "approved":
      return `approved by ${approved}, not used yet`
    case "consumed":
      return `approved by ${approved} and used`
    case "stale":
      return `approved by ${approved}, but the target had changed`
    case "expired":
      return approved === "" ? "expired, nobody decided" : `approved by ${approved}, but not used in time`
    case "cancelled":
      return "cancelled before it was used"
  }
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

function namesOf(votes: EarlierApproval["votes"], decision: "approve" | "deny"): string {
  const names = votes.filter((vote) => vote.decision === decision).map(({ name }) => name)
  return new Intl.ListFormat("en-GB").format(names)
}
