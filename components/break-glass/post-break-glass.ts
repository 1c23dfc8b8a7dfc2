import { askAuthenticator, type RequestOptions } from "@/components/authenticators/ask-authenticator"
import { postJson, type ApiAnswer } from "@/components/ui/call-api"

/** The change on the page, and whether what is said of it has to be signed. */
export type Broken = Readonly<{ approvalId: string; changeHash: string; needsStepUp: boolean }>

/** Begins or confirms a break-glass, with the administrator's signature where the approval asks for one. */
export async function postBreakGlass(
  step: "begin" | "confirm",
  { approvalId, changeHash, needsStepUp }: Broken,
  reason: string,
): Promise<ApiAnswer> {
  const path = `/api/v1/approvals/${approvalId}`
  const target = `${path}/break-glass${step === "confirm" ? "/confirm" : ""}`
  if (!needsStepUp) return postJson(target, { changeHash, reason })

  const begun = await postJson(`${path}/step-up`, { decision: "break_glass", changeHash })
  if (!begun.ok) return begun
  const { options } = begun.value as { options: RequestOptions }
  const signed = await askAuthenticator(options)
  if (!signed.ok) return signed

  return postJson(target, { changeHash, reason, stepUp: { assertion: signed.value } })
}
