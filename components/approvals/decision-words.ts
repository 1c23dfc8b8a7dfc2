import { approvedTogether, type Subject } from "./post-vote"

type Words = Readonly<{ button: string; busy: string; said: string }>

/** What each decision is called: on its button, while it is sent, and once it was. */
export function decisionWords(subject: Subject): Readonly<Record<"approve" | "deny", Words>> {
  const { kind } = subject
  const what =
    kind === "change" ? "this change. What becomes of it" : "calls of this plan. What becomes of each"

  return {
    approve: {
      button: kind === "change" ? "Approve this change" : `Approve ${callsWords(subject)}`,
      busy: "Approving…",
      said: `You approved ${what} shows above.`,
    },
    deny: {
      button: "Deny and tell the agent",
      busy: "Denying…",
      said: `You denied this ${kind}. The agent is told why.`,
    },
  }
}

function callsWords(subject: Extract<Subject, { kind: "plan" }>): string {
  const { calls } = subject
  const waiting = approvedTogether(subject).length
  if (waiting === 0 || waiting === calls) return calls === 1 ? "this call" : `all ${calls} calls`
  return waiting === 1 ? "the call that is left" : `the ${waiting} calls that are left`
}
