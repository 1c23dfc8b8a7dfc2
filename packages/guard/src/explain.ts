import type { Approval, Vote } from "./answers.ts"
import { ChangeError } from "./change-error.ts"
import { GuardError, ProblemError } from "./guard-error.ts"
import { targetWords } from "./guarded-kinds.ts"
import type { Proposal } from "./proposal.ts"

/**
 * What a model is told about a call that did not happen: what was asked, what
 * was decided by whom and why, that nothing was changed, what to do next.
 */
export function explain(
  parts: Readonly<{ asked: string; decided: string; effect?: string; next: string }>,
): string {
  return [parts.asked, parts.decided, parts.effect ?? nothingChanged, `Next: ${parts.next}`].join("\n")
}

export const nothingChanged = "Nothing was changed."

/** "write_file asked to update main:docs/a.txt (change ed55484a…)." */
export function askedFor(proposal: Proposal): string {
  const parts = proposal.parts.map(partWords).join(", ")
  return `${proposal.tool.name} asked to ${parts} (change ${proposal.changeHash}).`
}

/** The end of an approval that was not approved. */
export function explainEnd(proposal: Proposal, approval: Approval): string {
  const asked = askedFor(proposal)
  const sentBack = approval.votes.find(({ decision }) => decision === "request_changes")
  if (approval.status === "denied" && sentBack !== undefined)
    return explain({ asked, decided: wishOf(approval, sentBack), next: changeAndAsk })

  const next = nextAfter[approval.status] ?? nextAfter.cancelled
  return explain({ asked, decided: decisionOf(approval), next: next ?? "" })
}

/** A fault or a refusal by the server, before anything was applied. */
export function explainFault(asked: string, error: unknown, effect: string = nothingChanged): string {
  if (error instanceof ProblemError)
    return explain({ asked, decided: refusalOf(error), effect, next: nextOf(error) })
  if (error instanceof ChangeError) {
    const where = error.path === undefined ? "" : ` at ${error.path}`
    const decided = `The change cannot be put to people as it is: ${error.message} (${error.code}${where})`
    return explain({ asked, decided, effect, next: "propose a different change." })
  }
  if (error instanceof GuardError) {
    const decided = `It could not be decided: ${error.message} (${error.code})`
    return explain({ asked, decided, effect, next: "tell the person you work for, or try again later." })
  }
  const message = error instanceof Error ? error.message : "unknown error"
  return explain({
    asked,
    decided: `The tool failed: ${message}`,
    effect,
    next: "correct the input and call again.",
  })
}

const nextAfter: Readonly<Record<string, string>> = {
  denied:
    "do not ask for the same change again. Read the reason and propose something else, or ask the person.",
  expired: "nobody used the decision in time. Call again if the change is still wanted.",
  stale: "the target changed while people were deciding. Read it again and propose the change anew.",
  cancelled: "the request was withdrawn. Call again only if the change is still wanted.",
  consumed: "this approval was already spent. Look at the target before you call again.",
}

const nextByCode: Readonly<Record<string, string>> = {
  ...nextAfter,
  before_changed: "the target changed while people were deciding. Read it again and propose the change anew.",
  policy_denied: "do not repeat this call. Use another tool, or ask a person to change the policy.",
  policy_changed: "the policy changed meanwhile. Do not repeat this call; ask a person.",
  invalid_input: "correct the input as the reasons say and call again.",
  run_closed: "this run is over. Stop, and say what is left to do.",
  limit_exceeded: "you have reached a limit. Slow down.",
}

/** "update main:docs/a.txt", "send through email to 2 recipients": a part in few words. */
export function partWords(part: Proposal["parts"][number]): string {
  const target = targetWords(part)
  switch (part.kind) {
    case "message": {
      const { length } = part.after.recipients
      return `send through ${target} to ${length} ${length === 1 ? "recipient" : "recipients"}`
    }
    case "command":
      return `execute on ${target}`
    case "call":
      return `call ${target}`
    case "file":
    case "record":
    case "config":
      if (part.kind === "file" && part.target.from !== undefined)
        return `move ${part.target.from} to ${target}`
      if (part.before === null) return `create ${target}`
      return `${part.after === null ? "delete" : "update"} ${target}`
  }
}

export function decisionOf(approval: Approval): string {
  const what = `Approval ${approval.approvalId} was ${approval.status === "stale" ? "found stale" : approval.status}`
  const words = approval.votes.map(voteOf)
  if (approval.endedBecause !== null) words.push(approval.endedBecause)
  return words.length === 0 ? `${what}.` : `${what}: ${words.join("; ")}.`
}

const changeAndAsk = "change the call accordingly and ask again."

/** A denial that says what to change, with whose words they are. */
function wishOf({ approvalId }: Approval, { name, at, reason }: Vote): string {
  return [
    `Approval ${approvalId} was denied. The reviewer, ${name}, asks for changes at ${at}. Said by that person:`,
    `"${reason ?? ""}"`,
  ].join("\n")
}

const votedWords = { approve: "approved", deny: "denied", request_changes: "sent back for changes" } as const

function voteOf(vote: Vote): string {
  const reason = vote.reason === null || vote.reason === "" ? "" : `, saying "${vote.reason}"`
  return `${votedWords[vote.decision]} by ${vote.name} at ${vote.at}${reason}`
}

function refusalOf(problem: ProblemError): string {
  const reasons = problem.reasons.map((reason) => {
    const where = reason.path === undefined ? "" : ` at ${reason.path}`
    return `\n- ${reason.code}${where}: ${reason.message}`
  })
  return `Deltaseal refused: ${problem.message} (${problem.code})${reasons.join("")}`
}

function nextOf(problem: ProblemError): string {
  const next = nextByCode[problem.code]
  const wait = problem.retryAfterSeconds === undefined ? "" : ` Wait ${problem.retryAfterSeconds} seconds.`
  return (next ?? "read the code and the reasons before you try again.") + wait
}
