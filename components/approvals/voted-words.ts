import type { VoteDecision } from "@/lib/approvals/approval"

/** What somebody did with a vote, as the record says it. */
export const votedWords: Readonly<Record<VoteDecision, string>> = {
  approve: "approved",
  deny: "denied",
  request_changes: "asked for changes",
}
