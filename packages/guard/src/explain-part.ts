import type { Approval } from "./answers.ts"
import { askedFor, decisionOf, explain, partWords } from "./explain.ts"
import type { Proposal } from "./proposal.ts"

/** What stands before the result of a change that was approved in part: what was, what was not, and why. */
export function partWordsOf(whole: Proposal, leftOut: readonly number[], decided: Approval): string {
  const { parts } = whole
  const approved = parts.length - leftOut.length
  const wordsOf = (isLeftOut: boolean) =>
    parts.filter((_, index) => leftOut.includes(index) === isLeftOut).map(partWords)
  return [
    `${approved} of ${parts.length} parts were approved: ${wordsOf(false).join(", ")}.`,
    `Not approved, and not done: ${wordsOf(true).join(", ")}. ${whyOf(decided)}`,
    "Do not ask for what was not approved again as it is: propose something else, or ask the person.",
    "Of the parts that were approved:",
  ].join("\n")
}

/** For a tool that cannot carry out some parts of a change. */
export function explainIndivisible(whole: Proposal, decided: Approval): string {
  return explain({
    asked: askedFor(whole),
    decided: `Only some of its parts were approved, and this tool cannot do some of them without the others. ${whyOf(decided)}`,
    next: "ask for the parts that people want as a change of its own, or ask the person.",
  })
}

export function strayedWords({ tool, parts }: Proposal, strayed: readonly number[]): string {
  const words = parts.filter((_, index) => strayed.includes(index)).map(partWords)
  return `${tool.name} was to leave this alone, which was not approved, and it is not as it was: ${words.join(", ")}. Tell the person you work for.`
}

function whyOf({ votes, ...decided }: Approval): string {
  return decisionOf({
    ...decided,
    endedBecause: null,
    votes: votes.filter(({ decision }) => decision !== "approve"),
  })
}
