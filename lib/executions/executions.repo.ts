import { hotJson } from "@/lib/db/hot-call"
import type { ErrorCode } from "@/lib/errors/app-error"
import { keyArguments, type KeyCredential } from "@/lib/keys/credential"
import { newId, newSalts } from "@/lib/operations/new-id"
import type { OutcomeView } from "./execution.schema"

export type OutcomeAnswer = Readonly<{
  code: ErrorCode | null
  tenantId?: string
  runId?: string
  approvalId?: string | null
  outcome?: OutcomeView
}>

export type Outcome = Readonly<{
  executionId: string
  status: "applied" | "failed"
  observedAfter: string
  outputSha256: string | null
  outputRedacted: string | null
  receipts: string
  receiptsDigest: string
  outcomeDigest: string
  outputBytes: number
  tokens: number
}>

/** Records an outcome with its leaf in one round trip. */
export async function insertOutcome(
  credential: KeyCredential,
  outcome: Outcome,
): Promise<OutcomeAnswer | null> {
  return hotJson(
    "record_outcome",
    [
      ...keyArguments(credential),
      outcome.executionId,
      outcome.status,
      outcome.observedAfter,
      outcome.outputSha256,
      outcome.outputRedacted,
      outcome.receipts,
      outcome.receiptsDigest,
      outcome.outcomeDigest,
      outcome.outputBytes,
      outcome.tokens,
      newId("event"),
      newSalts(3),
    ],
    "write",
  )
}
