import {
  startAuthentication,
  startRegistration,
  WebAuthnError,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser"
import type { ApiAnswer, ApiProblem } from "@/components/ui/call-api"

export type RequestOptions = PublicKeyCredentialRequestOptionsJSON
export type CreationOptions = PublicKeyCredentialCreationOptionsJSON

/** Asks an authenticator that is enrolled for a signature. It never throws: a prompt that was closed is a problem too. */
export function askAuthenticator(options: RequestOptions): Promise<ApiAnswer> {
  return asked(options, () => startAuthentication({ optionsJSON: options }))
}

/** Asks an authenticator to make a credential for us. */
export function askNewAuthenticator(options: CreationOptions): Promise<ApiAnswer> {
  return asked(options, () => startRegistration({ optionsJSON: options }))
}

async function asked(
  { timeout = Infinity }: Readonly<{ timeout?: number }>,
  prompt: () => Promise<unknown>,
): Promise<ApiAnswer> {
  const begun = Date.now()
  try {
    return { ok: true, value: await prompt() }
  } catch (error) {
    return { ok: false, problem: promptProblem(error, Date.now() - begun >= timeout) }
  }
}

/** Browsers say no more than this on purpose: why a prompt was closed is nobody's business but the person's. */
function promptProblem(error: unknown, isOverdue: boolean): ApiProblem {
  if (error instanceof WebAuthnError) {
    if (error.code === "ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED") return { code: "prompt_known" }
    if (error.code === "ERROR_INVALID_DOMAIN" || error.code === "ERROR_INVALID_RP_ID")
      return { code: "prompt_unavailable" }
    if (error.code === "ERROR_CEREMONY_ABORTED") return { code: "prompt_cancelled" }
  }
  const name = error instanceof Error ? error.name : ""
  if (name === "NotAllowedError" || name === "AbortError")
    return { code: isOverdue ? "prompt_timed_out" : "prompt_cancelled" }
  return { code: isSupported() ? "prompt_failed" : "prompt_unavailable" }
}

function isSupported(): boolean {
  return typeof globalThis.PublicKeyCredential === "function"
}
