import { UncertainError } from "@deltaseal/guard"
import { canonicalize, type JsonValue } from "@deltaseal/guard/change"
import { z } from "zod"
import { OfficeError } from "./office-error.ts"

export type HookInput = Readonly<{ event: string; data: Readonly<Record<string, JsonValue>> }>

export type HookCall = Readonly<{
  url: string
  input: HookInput
  executionId: string
  /** Where policy lets this call go; anywhere that is configured when it names nothing. */
  egress: readonly string[]
}>

/**
 * Posts an event, once, and returns the status that was answered.
 *
 * @throws OfficeError when nothing was sent, UncertainError when nobody answered
 */
export async function callHook({ url, input, executionId, egress }: HookCall): Promise<number> {
  const { origin } = new URL(url)
  if (egress.length > 0 && !egress.includes(origin)) {
    throw new OfficeError(`Policy does not let this call reach ${origin}.`)
  }

  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": executionId },
    body: canonicalize({ ...input }),
    redirect: "manual",
    signal: AbortSignal.timeout(10_000),
  }).catch(explain)
  // What it answers is not for the model, and may have no end.
  await answer.body?.cancel()
  return answer.status
}

function explain(error: unknown): never {
  const code = Fault.parse(error).cause?.code ?? ""
  if (neverConnected.has(code)) throw new OfficeError(`The endpoint could not be reached (${code}).`)
  throw new UncertainError("The endpoint did not answer.")
}

const neverConnected: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
])
const Fault = z.object({
  cause: z
    .object({ code: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
})
