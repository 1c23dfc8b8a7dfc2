import { problemWords } from "@/components/approvals/problem-words"
import { reportViews } from "@/components/attention/view-log"
import { postJson, type ApiProblem } from "@/components/ui/call-api"
import type { OfferedChange } from "./reviewed-change"

export type Mode = "all_or_nothing" | "each"

/** What became of one change, in words. */
export type Told = Readonly<{ number: number; sentence: string; words: string; isCast: boolean }>

/** `problem`: why nothing was decided at all, where it is not one of the changes that says why. */
export type VotesAnswer = Readonly<{ told: readonly Told[]; problem: ApiProblem | null }>

type Ballot = Readonly<{
  mode: Mode
  decision: "approve" | "deny"
  reason: string
  changes: readonly OfferedChange[]
}>

/** Casts a vote on each of these changes, once the server knows what of them was on screen. */
export async function postVotes({ mode, decision, reason, changes }: Ballot): Promise<VotesAnswer> {
  await reportViews()
  const votes = changes.map(({ approvalId, changeHash }) => ({
    approvalId,
    changeHash,
    decision,
    ...(reason === "" ? {} : { reason }),
  }))
  const answer = await postJson("/api/v1/approvals/votes", { mode, votes })
  if (!answer.ok) return refused(answer.problem, changes)

  const results = (answer.value as { votes: readonly Result[] }).votes
  const told = changes.map((change, at) => tell(change, results[at], decision))
  return { told, problem: null }
}

type Result = Readonly<{ code: string | null; status: string | null }>

function tell(change: OfferedChange, result: Result | undefined, decision: "approve" | "deny"): Told {
  const { number, sentence } = change
  if (result === undefined || result.code !== null) {
    return { number, sentence, words: problemWords({ code: result?.code ?? "internal" }), isCast: false }
  }

  const waits = result.status === "pending" ? "; others still have to" : ""
  const words = decision === "approve" ? `approved${waits}` : "denied, and the agent is told why"
  return { number, sentence, words, isCast: true }
}

/** All or nothing, and it was nothing: those that stood in the way are named. */
function refused(problem: ApiProblem, changes: readonly OfferedChange[]): VotesAnswer {
  const reasons = (problem.reasons ?? []).filter(({ path }) => path?.startsWith("/votes/"))
  const told = reasons.flatMap(({ code, path }) => {
    const change = changes[Number(path?.split("/")[2])]
    if (change === undefined) return []
    const { number, sentence } = change
    return [{ number, sentence, words: problemWords({ code }), isCast: false }]
  })

  return { told, problem: told.length === 0 ? problem : null }
}
