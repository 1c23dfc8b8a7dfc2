import type { Subject } from "./post-vote"

type Words = Readonly<{ button: string; busy: string; said: string }>

/** What each decision is called: on its button, while it is sent, and once it was. */
export function decisionWords(subject: Subject): Readonly<Record<"approve" | "deny", Words>> {
  const { kind } = subject
  const becomes = kind === "change" ? "What becomes of it" : "What becomes of each call"

  return {
    approve: {
      button: kind === "change" ? "Approve this change" : `Approve ${callsWords(subject)}`,
      busy: "Approving…",
      said: `You approved this ${kind}. ${becomes} shows above.`,
    },
    deny: {
      button: "Deny and tell the agent",
      busy: "Denying…",
      said: `You denied this ${kind}. The agent is told why.`,
    },
  }
}

function callsWords({ approvalIds, calls }: Extract<Subject, { kind: "plan" }>): string {
  const waiting = approvalIds.length
  if (waiting === calls) return calls === 1 ? "this call" : `all ${calls} calls`
  return waiting === 1 ? "the call that is left" : `the ${waiting} calls that are left`
}
