import type { VoteDecision } from "@/lib/approvals/approval"
import type { ApprovalView } from "@/lib/approvals/approval.schema"

type Standing = Pick<ApprovalView, "status" | "endedBecause" | "execution" | "votes" | "carriedVotes">

/** What became of an approval: in a title, what happened, and what was not done. */
export type Explained = Readonly<{ title: string; happened: string; notDone: string | null }>

const untouched = "The change was not made."

/** An approval's state in words, for people. */
export function explainStatus(approval: Standing): Explained {
  const { status, votes } = approval
  switch (status) {
    case "pending":
      return {
        title: "Waiting for a decision",
        happened: "The agent is waiting.",
        notDone: "Nothing has been done.",
      }
    case "approved":
      return {
        title: approvedTitle(approval),
        happened: "The tool server may now do exactly this, once.",
        notDone: null,
      }
    case "denied":
      if (approval.endedBecause === "approved_in_part") {
        return {
          title: `Approved in part by ${namesOf(votes, "deny")}`,
          happened:
            "Some of its parts became an approval of their own. The agent was told why not the others.",
          notDone: "What was not approved was not done.",
        }
      }
      if (approval.endedBecause === "changes_requested") {
        return {
          title: `Sent back by ${namesOf(votes, "request_changes")}`,
          happened: "The agent was told what to change.",
          notDone: `${untouched} The agent may ask again with another one.`,
        }
      }
      return {
        title: `Denied by ${namesOf(votes, "deny")}`,
        happened: "The agent was told why.",
        notDone: `${untouched} Nothing can be done with this request any more.`,
      }
    case "expired":
      return explainExpired(approval)
    case "cancelled":
      return { title: "Cancelled", happened: becauseWords(approval.endedBecause), notDone: untouched }
    case "stale":
      return {
        title: "Stale: the world moved",
        happened: becauseWords(approval.endedBecause),
        notDone: untouched,
      }
    case "consumed":
      return explainExecution(approval)
  }
}

/** By whom; where the decision was carried over, by who made it in the other run. */
function approvedTitle({ votes, carriedVotes }: Standing): string {
  if (carriedVotes === null) return `Approved by ${namesOf(votes, "approve")}`

  return `Approved in another run by ${listOf(carriedVotes)}, and carried over`
}

function explainExpired({ votes, carriedVotes }: Standing): Explained {
  const wasApproved = carriedVotes !== null || votes.some(({ decision }) => decision === "approve")
  const happened = wasApproved
    ? "It was approved, but the tool server did not use it in time."
    : "Nobody decided in time. The agent was told that it expired."

  return { title: "Expired", happened, notDone: `${untouched} The agent has to ask again.` }
}

function explainExecution(approval: Standing): Explained {
  const { execution } = approval
  const title = approvedTitle(approval)
  switch (execution?.status) {
    case "applied":
      return explainApplied(title, execution.matchesApproved)
    case "failed":
      return {
        title: "Approved, and then it failed",
        happened: "The tool server tried to apply the change and reported a failure.",
        notDone: "Check the target: a part of the change may or may not be there.",
      }
    case "unknown":
      return {
        title: "Approved, and then nothing was heard",
        happened: "The tool server spent the approval and never said what came of it.",
        notDone: "Check the target: the change may or may not be there.",
      }
    case "started":
    case undefined:
      return {
        title,
        happened: "The tool server has spent the approval and is applying the change.",
        notDone: null,
      }
  }
}

function explainApplied(title: string, matches: boolean | null): Explained {
  if (matches === true)
    return { title, happened: "It was applied and ran exactly as approved.", notDone: null }
  if (matches === null) {
    return {
      title,
      happened: "It was applied. The tool server did not report the state afterwards.",
      notDone: null,
    }
  }

  return {
    title: "Applied, but not as approved",
    happened: "The state that the tool server reports afterwards differs from what was approved.",
    notDone: "Look at the target before anything else is approved for it.",
  }
}

const because: Readonly<Record<string, string>> = {
  before_changed:
    "The target changed after this was reviewed, so applying it could have undone somebody's work.",
  tool_changed:
    "The tool's definition changed after this was reviewed, so it is no longer the tool you approved.",
  policy_changed: "The policy changed after this was reviewed and no longer allows it.",
  run_closed: "The run was closed before this was decided or used.",
  carried_over: "Its decision was carried over to the same call in another run.",
  withdrawn: "It was taken back before it was used.",
  tenant_suspended: "The client was stopped.",
  new_epoch: "The database was restored from a backup, and whatever was open ended with that.",
  tool_suspended: "The tool was stopped.",
  key_revoked: "The key that asked for it was revoked.",
  agency_stopped: "Everything of the agency was stopped.",
  canary: "It was a test change, of which nothing would have come.",
  kill_switch: "Everything of this agent was stopped.",
}

function becauseWords(code: string | null): string {
  if (code === null) return "It ended before it was used."
  return because[code] ?? `It ended before it was used (${code.replaceAll("_", " ")}).`
}

function namesOf(votes: Standing["votes"], decision: VoteDecision): string {
  return listOf(votes.filter((vote) => vote.decision === decision))
}

function listOf(voters: readonly Readonly<{ name: string }>[]): string {
  return voters.length === 0 ? "nobody" : new Intl.ListFormat("en-GB").format(voters.map(({ name }) => name))
}
