import { approvedTogether, type Decision, type Subject } from "./post-vote"

export type Words = Readonly<{ button: string; busy: string; said: string }>

/** What each decision is called: on its button, while it is sent, and once it was. */
export function decisionWords(subject: Subject): Readonly<Record<Decision, Words>> {
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
    request_changes: {
      button: "Ask for changes",
      busy: "Sending it back…",
      said: `You sent this ${kind} back. The agent is told what to change.`,
    },
  }
}

/** A denial that stops the run, too. */
export const stopWords: Words = {
  button: "Deny and stop this run",
  busy: "Stopping the run…",
  said: "You denied this and stopped the run. What else waited in it is cancelled.",
}

function callsWords(subject: Extract<Subject, { kind: "plan" }>): string {
  const { calls } = subject
  const waiting = approvedTogether(subject).length
  if (waiting === 0 || waiting === calls) return calls === 1 ? "this call" : `all ${calls} calls`
  return waiting === 1 ? "the call that is left" : `the ${waiting} calls that are left`
}
