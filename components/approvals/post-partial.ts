import { reportViews } from "@/components/attention/view-log"
import { askAuthenticator, type RequestOptions } from "@/components/authenticators/ask-authenticator"
import { postJson, type ApiAnswer, type ApiProblem } from "@/components/ui/call-api"

/** The change whose parts are chosen, by the hash that is on the page. */
export type PartialSubject = Readonly<{ approvalId: string; changeHash: string }>

/** What some parts are alone, as it is shown before they are approved. */
export type SeenPreview = Readonly<{
  derivedHash: string
  hashWords: readonly string[]
  sentence: string
  effects: readonly string[]
  stepUpRequired: boolean
}>

type PreviewAnswer =
  Readonly<{ ok: true; preview: SeenPreview }> | Readonly<{ ok: false; problem: ApiProblem }>

/** What these parts are alone; nothing is decided. */
export async function previewParts(
  { approvalId, changeHash }: PartialSubject,
  parts: readonly number[],
): Promise<PreviewAnswer> {
  const answer = await postJson(`/api/v1/approvals/${approvalId}/partial/preview`, { changeHash, parts })
  return answer.ok ? { ok: true, preview: answer.value as SeenPreview } : answer
}

type Chosen = Readonly<{ parts: readonly number[]; preview: SeenPreview | null; reason: string }>

/** Approves the parts that were previewed, signed where that is needed. */
export async function approveParts(
  { approvalId, changeHash }: PartialSubject,
  { parts, preview, reason }: Chosen,
): Promise<ApiAnswer> {
  if (preview === null) return notChosen
  void reportViews()
  const path = `/api/v1/approvals/${approvalId}/partial`
  const choice = { changeHash, parts, derivedHash: preview.derivedHash }
  if (!preview.stepUpRequired) return postJson(path, { ...choice, reason })

  const begun = await postJson(`${path}/step-up`, choice)
  if (!begun.ok) return begun
  const { options } = begun.value as { options: RequestOptions }
  const signed = await askAuthenticator(options)
  if (!signed.ok) return signed
  return postJson(path, { ...choice, reason, stepUp: { assertion: signed.value } })
}

const notChosen: ApiAnswer = {
  ok: false,
  problem: {
    code: "not_partial",
    detail: "Choose at least one part and leave at least one out, then look at what they are alone.",
  },
}
