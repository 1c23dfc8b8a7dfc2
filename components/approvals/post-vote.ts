import { reportViews } from "@/components/attention/view-log"
import { askAuthenticator, type RequestOptions } from "@/components/authenticators/ask-authenticator"
import { postJson, type ApiProblem } from "@/components/ui/call-api"

/** What is decided: one change, or all calls of a plan at once, by the hash that is on the page. */
export type Subject =
  | Readonly<{
      kind: "change"
      id: string
      changeHash: string
      /** Whether an approving vote has to be signed by the voter's authenticator. */
      needsStepUp?: boolean
    }>
  | Readonly<{
      kind: "plan"
      id: string
      planHash: string
      /** The approvals of its calls on which this person may vote now. */
      approvalIds: readonly string[]
      /** Those of them that are approved one by one, since the voter's authenticator signs for each. */
      signedAlone: readonly string[]
      /** How many calls the plan has. */
      calls: number
    }>

export type Decision = "approve" | "deny" | "request_changes"
export type Vote = Readonly<{
  decision: Decision
  reason?: string
  /** With a denial: ends the run that asked. */
  stopRun?: true
}>
export type VoteAnswer = Readonly<{ ok: true; status: string }> | Readonly<{ ok: false; problem: ApiProblem }>

/** Casts a vote through the REST API, for what is on the page. */
export async function postVote(subject: Subject, vote: Vote): Promise<VoteAnswer> {
  void reportViews()
  const signed = await signature(subject, vote)
  if (!signed.ok) return signed
  const body = { ...vote, ...seenIn(subject, vote), ...signed.with }
  const answer = await postJson(`/api/v1${pathOf(subject)}/votes`, body)
  if (!answer.ok) return answer

  const { status } = answer.value as { status: string }
  return { ok: true, status }
}

type Signed = Readonly<{ ok: true; with: object }> | Readonly<{ ok: false; problem: ApiProblem }>

/** What the voter's authenticator signs for this vote, where it has to; denying never takes it. */
async function signature(subject: Subject, { decision }: Vote): Promise<Signed> {
  if (subject.kind !== "change" || subject.needsStepUp !== true || decision !== "approve")
    return { ok: true, with: {} }

  const { id, changeHash } = subject
  const begun = await postJson(`/api/v1/approvals/${id}/step-up`, { decision, changeHash })
  if (!begun.ok) return begun
  const { options } = begun.value as { options: RequestOptions }
  const answer = await askAuthenticator(options)
  return answer.ok ? { ok: true, with: { stepUp: { assertion: answer.value } } } : answer
}

/** What the vote is bound to: what changed since the page was read refuses it. */
function seenIn(subject: Subject, { decision }: Vote): object {
  if (subject.kind === "change") return { changeHash: subject.changeHash }
  const approvalIds = decision === "approve" ? approvedTogether(subject) : subject.approvalIds
  return { planHash: subject.planHash, approvalIds }
}

/** The approvals of a plan that one click approves. */
export function approvedTogether({ approvalIds, signedAlone }: Extract<Subject, { kind: "plan" }>): string[] {
  return approvalIds.filter((approvalId) => !signedAlone.includes(approvalId))
}

/** The page on which it is decided. */
export function pathOf({ kind, id }: Subject): string {
  return kind === "change" ? `/approvals/${id}` : `/plans/${id}`
}
