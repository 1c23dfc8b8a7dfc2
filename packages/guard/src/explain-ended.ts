import type { Ended } from "./attempt.ts"
import { askedFor, explain, nothingChanged, partWords } from "./explain.ts"
import { GuardError } from "./guard-error.ts"
import type { Proposal } from "./proposal.ts"
import { doneResult, refusedResult, type ToolResult } from "./tool-result.ts"

/** What a model is told about a decision that was spent. */
export function endedResult(proposal: Proposal, ended: Ended): ToolResult {
  const meta = { status: ended.status, executionId: ended.executionId, changeHash: proposal.changeHash }
  if (ended.status === "applied" && ended.isAsApproved && ended.withheld !== null) {
    return refusedResult(withheldWords(proposal, ended.withheld), { ...meta, status: "output_too_large" })
  }
  if (ended.status === "applied" && ended.isAsApproved) {
    const text = doneWords(proposal, ended)
    return doneResult(ended.isReported ? text : `${text}\n${notReported}`, meta)
  }

  const asked = askedFor(proposal)
  const effect = effectOf(proposal, ended)
  const text = explain({ asked, decided: decidedOf(ended), effect, next: nextOf(ended) })
  return refusedResult(text, { ...meta, status: codeOf(ended) })
}

/** What failed for a limit of policy has a code of its own. */
function codeOf({ status, error }: Ended): string {
  const isOurs = error instanceof GuardError && ownCodes.has(error.code)
  return status === "failed" && isOurs ? error.code : status
}

const ownCodes: ReadonlySet<string> = new Set(["tool_timed_out", "sandbox_required"])

function withheldWords(proposal: Proposal, withheld: string): string {
  return explain({
    asked: askedFor(proposal),
    decided: `It was carried out exactly as decided. ${withheld}`,
    effect: "What it said is withheld, and nothing was undone.",
    next: "do not repeat the call; ask for less next time.",
  })
}

function doneWords(proposal: Proposal, { isDryRun, text }: Ended): string {
  if (!isDryRun) return text ?? `Done, exactly as decided: ${askedFor(proposal)}`
  return `A dry run: ${nothingChanged}\n${text ?? askedFor(proposal)}`
}

function effectOf({ parts }: Proposal, { status, partsDone, isUntouched }: Ended): string {
  if (status === "unknown") return "Whether it was carried out is not known."
  if (isUntouched) return nothingChanged
  if (partsDone.length === 0 || partsDone.length === parts.length)
    return "What is at the target now is not what was there before."
  const wordsOf = (isDone: boolean) =>
    parts.filter((_, index) => partsDone.includes(index) === isDone).map(partWords)
  return `Done: ${wordsOf(true).join(", ")}. Not done: ${wordsOf(false).join(", ")}.`
}

const notReported = "The report of it has not reached Deltaseal yet; the guard will send it again."

function decidedOf(ended: Ended): string {
  const why = ended.error instanceof Error ? `: ${ended.error.message}` : "."
  switch (ended.step) {
    case "not_permitted":
      return `It was decided, but the answer could not be trusted${why}`
    case "moved":
      return "It was approved, but the target changed before it could be applied."
    case "unknown":
      return "It was approved and may have been carried out before; it is never carried out twice."
    case "apply":
    case "already_applied":
      if (ended.status === "unknown") return `It was approved, but the tool cannot tell how it ended${why}`
      return ended.error === undefined
        ? "It was approved and applied, but what is there now is not what was approved."
        : `It was approved, but the tool failed while applying it${why}`
  }
}

function nextOf(ended: Ended): string {
  if (ended.step === "not_permitted") return "do not try again; tell the person you work for."
  if (ended.status === "unknown") return "find out whether it happened before you ask again."
  return "read the target again and, if the change is still wanted, propose it anew."
}
