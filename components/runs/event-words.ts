import { errorCodes } from "@/lib/errors/codes"
import type { RunEvent } from "@/lib/runs/run.schema"

/** How an event looks: something began or ended, waits for people, went well, or wants a look. */
export type EventTone = "mark" | "waits" | "good" | "look"

export type EventWords = Readonly<{ title: string; tone: EventTone }>

const known: Readonly<Record<string, EventWords>> = {
  "run.opened": { title: "Run opened", tone: "mark" },
  "run.closed": { title: "Run closed", tone: "mark" },
  "run.tainted": { title: "Run has read what is not trusted", tone: "look" },
  "run_token.issued": { title: "Run token issued", tone: "mark" },
  "run_token.renewed": { title: "Run token renewed", tone: "mark" },
  "tool_call.allowed": { title: "Call allowed, no approval needed", tone: "good" },
  "tool_call.pending": { title: "Call waits for approval", tone: "waits" },
  "tool_call.denied": { title: "Call refused", tone: "look" },
  "approval.step_up_begun": { title: "A reviewer’s authenticator was asked to sign", tone: "waits" },
  "approval.voted": { title: "Vote to approve; more are needed", tone: "waits" },
  "approval.vote_withdrawn": { title: "Vote to approve taken back", tone: "look" },
  "approval.commented": { title: "Comment on the change", tone: "mark" },
  "approval.approved": { title: "Change approved", tone: "good" },
  "approval.break_glass_begun": { title: "An administrator began to break the glass", tone: "look" },
  "approval.break_glass_approved": {
    title: "Approved by break-glass: two administrators set the quorum aside",
    tone: "look",
  },
  "approval.break_glass_withdrawn": { title: "Break-glass withdrawn", tone: "mark" },
  "approval.break_glass_seen": { title: "Somebody read of the break-glass", tone: "mark" },
  "approval.denied": { title: "Change denied", tone: "look" },
  "approval.reopened": { title: "Approval needs more votes under a new policy", tone: "waits" },
  "approval.carried_over": { title: "Decision carried over from another run", tone: "good" },
  "approval.derived": { title: "Some parts of the change became an approval of their own", tone: "mark" },
  "approval.expired": { title: "Approval expired; the change was not made", tone: "look" },
  "approval.cancelled": { title: "Approval cancelled; the change was not made", tone: "look" },
  "approval.stale": { title: "Approval stale: the world moved; the change was not made", tone: "look" },
  "approval.consumed": { title: "Approval spent by the tool server", tone: "good" },
  "approval.consume_refused": { title: "Spending the approval refused", tone: "look" },
  "plan.created": { title: "Plan sent, to be reviewed as one", tone: "mark" },
  "plan.voted": { title: "Plan voted on, all of it at once", tone: "mark" },
  "plan.cancelled": { title: "Plan taken back", tone: "look" },
  "execution.failed": { title: "Tool server reported a failure", tone: "look" },
  "execution.unknown": { title: "No outcome reported for 15 minutes", tone: "look" },
  "canary.denied": { title: "It was a test change, and it was denied", tone: "good" },
  "canary.approved": { title: "It was a test change, and it was approved; nothing ran", tone: "look" },
  "canary.expired": { title: "It was a test change, and nobody decided on it in time", tone: "mark" },
  "canary.dropped": { title: "It was a test change, and it ended without a decision", tone: "mark" },
  "canary.seen": { title: "Somebody read how the test change ended", tone: "mark" },
  "request.refused": { title: "Request refused", tone: "look" },
}

/** What an event says happened; one that has no sentence here is named rather than hidden. */
export function eventWords({ eventType, result }: Pick<RunEvent, "eventType" | "result">): EventWords {
  if (eventType === "execution.applied") return appliedWords(result.matchesApproved)
  return known[eventType] ?? { title: eventType.replaceAll(/[._]/g, " "), tone: "mark" }
}

function appliedWords(matches: boolean | undefined): EventWords {
  if (matches === true) return { title: "Applied, exactly as approved", tone: "good" }
  if (matches === false) return { title: "Applied, but not as approved", tone: "look" }
  return { title: "Applied", tone: "good" }
}

/** Who did it, as far as the record says. */
export function partyWords({ kind, id, name }: RunEvent["by"], short: (id: string) => string): string {
  if (name !== null) return name
  return kind === "system" ? "Deltaseal" : short(id)
}

/** A refusal's code in words; its own name where there are none. */
export function codeWords(code: string): string {
  const entry = Object.entries(errorCodes).find(([name]) => name === code)
  return entry === undefined ? code.replaceAll("_", " ") : entry[1].title
}
