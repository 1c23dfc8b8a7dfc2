import type { Consumed } from "./answers.ts"
import type { Effects } from "./approved-change.ts"
import { attemptOf, endOf, type Ended } from "./attempt.ts"
import type { DeltasealClient } from "./client.ts"
import { observedState } from "./content.ts"
import { GuardError } from "./guard-error.ts"
import type { Journal, JournalEntry } from "./journal.ts"
import { outcomeOf, report } from "./outcome.ts"
import type { PermitVerifier } from "./permit.ts"

export type SpendDependencies = Readonly<{
  client: DeltasealClient
  journal: Journal
  permits: PermitVerifier
}>

/**
 * Spends a journalled approval and applies its change, from wherever an earlier
 * attempt stopped.
 *
 * @throws ProblemError when the server refuses to spend it, GuardError when it
 * is not known whether it did
 */
export async function spendApproval(
  dependencies: SpendDependencies,
  entry: JournalEntry,
  effects: Effects,
): Promise<Ended> {
  const { consume, proposal } = entry
  if (consume === null)
    throw new GuardError("invalid_configuration", "An allowed call has no approval to spend.")

  await dependencies.permits.ready()
  const consumed = await dependencies.client.consume(consume.approvalId, {
    runId: proposal.runId,
    changeHash: proposal.changeHash,
    nonce: consume.nonce,
    observed: consume.observed.map(observedState),
  })
  // Once the journal names an execution an attempt was made, whatever the server says of it.
  const replayed = consumed.replayed || entry.executionId !== null
  const started = { ...entry, executionId: consumed.executionId }
  await dependencies.journal.write(started)
  return await execute(dependencies, started, { ...consumed, replayed }, effects)
}

/** Verifies the permit, applies if the world is still as it was reviewed, and reports. */
export async function execute(
  dependencies: SpendDependencies,
  entry: JournalEntry,
  granted: Consumed,
  effects: Effects,
): Promise<Ended> {
  const { executionId } = granted
  const attempt = await attemptOf(dependencies.permits, entry, granted, effects)
  const ended = await endOf(entry.proposal, executionId, attempt, effects)
  if (ended.status === "unknown") {
    // There is nothing true to report; the server calls it unknown by itself and alerts.
    await dependencies.journal.remove(entry)
    return ended
  }

  const finding = { ...attempt, ...ended, status: ended.status }
  const outcome = outcomeOf(entry.proposal, finding)
  const isReported = await report(dependencies, { ...entry, executionId, outcome })
  return { ...ended, isReported }
}
