import type { Subject } from "./post-vote"

type Words = Readonly<{ button: string; busy: string; said: string }>

/** What each decision is called: on its button, while it is sent, and once it was. */
export function decisionWords(subject: Subject): Readonly<Record<"approve" | "deny", Words>> {
  const { kind } = subject
  const becomes = kind === "change" ? "What becomes of it" : "What becomes of each call"

  return {
    approve: {
      button: kind === "change" ? "Approve this change" : `Approve ${callsWords(subject.waiting)}`,
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

function callsWords(waiting: number): string {
  return waiting === 1 ? "this call" : `all ${waiting} calls`
}
