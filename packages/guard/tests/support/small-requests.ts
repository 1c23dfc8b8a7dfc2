import type { IncomingMessage } from "node:http"
import { parseStrictJson, type Envelope, type JsonObject, type JsonValue } from "@deltaseal/guard/change"

/** The n-th run token of the small server; 0 is one that was handed over. */
export const runTokenOf = (n: number) => `dsl_run_${"r".repeat(20)}_${String(n).padStart(49, "0")}`

/** Gives out another token for the run. */
export function newToken(
  runId: string,
  state: Readonly<{ tokens: string[]; tokenSeconds: number }>,
): JsonObject {
  const runToken = runTokenOf(state.tokens.length + 1)
  state.tokens.push(runToken)
  const expiresAt = new Date(Date.now() + state.tokenSeconds * 1000)

  return { runId, runToken, runTokenExpiresAt: expiresAt.toISOString() }
}

/** A request as the small server saw it, whoever sent it. */
export type SeenRequest = {
  method: string
  path: string
  authorization: string | undefined
  idempotencyKey: string | undefined
  body: JsonValue
}

/** What is to be found before it is spent; for a move also at its destination (SPEC 9). */
export function expectedOf({ parts }: Envelope): JsonValue {
  return parts.flatMap(({ op, before: { ...before } }) => {
    if ("format" in before) delete before.format
    if ("value" in before) delete before.value
    return op === "move" ? [before, { state: "absent" }] : [before]
  })
}

export async function seenRequest(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    authorization: request.headers.authorization,
    idempotencyKey: request.headers["idempotency-key"]?.toString(),
    body: bytes.length === 0 ? null : parseStrictJson(bytes),
  }
}
