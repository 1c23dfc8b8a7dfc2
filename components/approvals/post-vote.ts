import { postJson, type ApiProblem } from "@/components/ui/call-api"

/** What is decided: one change, or all calls of a plan at once, by the hash that is on the page. */
export type Subject =
  | Readonly<{ kind: "change"; id: string; changeHash: string }>
  | Readonly<{ kind: "plan"; id: string; planHash: string; waiting: number }>

export type Vote = Readonly<{ decision: "approve" | "deny"; reason?: string }>
export type VoteAnswer = Readonly<{ ok: true; status: string }> | Readonly<{ ok: false; problem: ApiProblem }>

/** Casts a vote through the REST API, for what is on the page. */
export async function postVote(subject: Subject, vote: Vote): Promise<VoteAnswer> {
  const hash = subject.kind === "change" ? { changeHash: subject.changeHash } : { planHash: subject.planHash }
  const answer = await postJson(`/api/v1${pathOf(subject)}/votes`, { ...vote, ...hash })
  if (!answer.ok) return answer

  const { status } = answer.value as { status: string }
  return { ok: true, status }
}

/** The page on which it is decided. */
export function pathOf({ kind, id }: Subject): string {
  return kind === "change" ? `/approvals/${id}` : `/plans/${id}`
}
