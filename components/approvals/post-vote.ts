import { postJson, type ApiProblem } from "@/components/ui/call-api"

export type Vote = Readonly<{ decision: "approve" | "deny"; changeHash: string; reason?: string }>
export type VoteAnswer = Readonly<{ ok: true; status: string }> | Readonly<{ ok: false; problem: ApiProblem }>

/** Casts a vote through the REST API, for the change that is on the page. */
export async function postVote(approvalId: string, vote: Vote): Promise<VoteAnswer> {
  const answer = await postJson(`/api/v1/approvals/${approvalId}/votes`, vote)
  if (!answer.ok) return answer

  const { status } = answer.value as { status: string }
  return { ok: true, status }
}
