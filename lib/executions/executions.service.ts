import { canonicalize, sha256Hex, type JsonValue } from "@deltaseal/guard/change"
import { redact } from "@/lib/audit/redaction"
import { observedKey, withoutVersion } from "@/lib/changes/observed"
import { AppError } from "@/lib/errors/app-error"
import type { KeyCredential } from "@/lib/keys/credential"
import { notifyChange } from "@/lib/notifications/notifier"
import type { OutcomeBody, OutcomeView } from "./execution.schema"
import { insertOutcome } from "./executions.repo"

/**
 * Records what an execution did. Only the key that started it may say, once;
 * the same report again gets the same answer.
 *
 * @throws AppError `not_found`, `scope_missing`, `outcome_recorded` when another outcome was reported before
 */
export async function reportOutcome(
  credential: KeyCredential,
  executionId: string,
  body: OutcomeBody,
): Promise<OutcomeView> {
  const receipts = redact(body.receipts)
  const answer = await insertOutcome(credential, {
    executionId,
    status: body.status,
    observedAfter: observedKey(body.observedAfter.map(withoutVersion)),
    outputSha256: body.output?.sha256 ?? null,
    outputRedacted: body.output === null ? null : JSON.stringify(redact(body.output.redacted)),
    receipts: JSON.stringify(receipts),
    receiptsDigest: sha256Hex(canonicalize(body.receipts)),
    outcomeDigest: sha256Hex(canonicalize(body as JsonValue)),
    outputBytes: body.usage?.outputBytes ?? 0,
    tokens: body.usage?.tokens ?? 0,
  })
  if (answer === null) throw new AppError("internal")
  if (answer.code !== null) throw new AppError(answer.code)
  if (answer.outcome === undefined || answer.tenantId === undefined) throw new AppError("internal")
  if (answer.approvalId != null) {
    notifyChange({ tenantId: answer.tenantId, approvalId: answer.approvalId, runId: answer.runId ?? "" })
  }

  return answer.outcome
}
