import type { Applied, Marks } from "./approved-change.ts"
import { canonicalize } from "./canonical.ts"
import type { DeltasealClient, Outcome, Receipt } from "./client.ts"
import { observedState, type State } from "./content.ts"
import { ProblemError } from "./guard-error.ts"
import { targetWords } from "./guarded-kinds.ts"
import { sha256Hex } from "./hashes.ts"
import type { Journal, JournalEntry } from "./journal.ts"
import { isAfter } from "./next-step.ts"
import type { LivePlace } from "./places.ts"
import type { Proposal } from "./proposal.ts"

/** What was done with a change, and what is there after it. */
export type Finding = Readonly<{
  status: Outcome["status"]
  /** Which parts were carried out, by their place in the change. */
  partsDone: readonly number[]
  isDryRun: boolean
  marks: Marks
  applied: Applied | undefined
  live: readonly LivePlace[]
}>

export function outcomeOf(proposal: Proposal, finding: Finding): Outcome {
  return {
    status: finding.status,
    observedAfter: statesAfter(finding.live).map(observedState),
    output: outputOf(proposal, finding),
    receipts: receiptsOf(proposal, finding),
  }
}

/** The parts of which everything is as it would be. */
export function partsAsApproved(live: readonly LivePlace[]): number[] {
  const parts = [...new Set(live.map(({ part }) => part))]
  return parts.filter((part) => live.every((place) => place.part !== part || isAfter(place)))
}

/** The state of each part, in order; of a move that of its destination. */
function statesAfter(live: readonly LivePlace[]): State[] {
  return live.filter(({ isSource }) => !isSource).map((place) => place.live)
}

/** The words of a result may hold what a log must not; their digest cannot. */
function outputOf({ parts }: Proposal, { applied, status, partsDone }: Finding): Outcome["output"] {
  if (applied?.text !== undefined) {
    return { sha256: sha256Hex(canonicalize(applied.text)), redacted: `${applied.text.length} characters` }
  }
  if (status === "applied" || partsDone.length === 0) return null
  const numbers = partsDone.map((part) => part + 1).join(", ")
  const words = `Of ${parts.length} parts these were done: ${numbers}.`
  return { sha256: sha256Hex(canonicalize(words)), redacted: words }
}

/** What the tool gave as proof, or else what its hash says was written; of a failure, of what was done before it. */
function receiptsOf(proposal: Proposal, { status, partsDone, isDryRun, marks, applied }: Finding): Receipt[] {
  if (status === "applied" && applied?.receipts !== undefined) return [...applied.receipts]
  return proposal.parts.flatMap((part, index) => {
    if (status === "failed" && !partsDone.includes(index)) return []
    const given = marks.get(index) ?? []
    if (given.length > 0 || isDryRun) return given
    const after = proposal.bound[index]?.after
    const digest = after?.state === "present" ? { digest: after.digest } : {}
    return [{ type: part.kind, id: targetWords(part), ...digest }]
  })
}

/**
 * Tells the server what happened. The journal keeps the words until they are
 * heard, so that a report is lost neither with the network nor with the process.
 */
export async function report(
  { client, journal }: Readonly<{ client: DeltasealClient; journal: Journal }>,
  entry: JournalEntry & { executionId: string; outcome: Outcome },
): Promise<boolean> {
  // The change is made: a full disk must not keep the server from learning of it.
  await journal.write(entry).catch(() => undefined)
  try {
    await client.reportOutcome(entry.executionId, entry.outcome)
  } catch (error) {
    if (!isFinal(error)) {
      journal.release(entry)
      return false
    }
  }
  await journal.remove(entry)
  return true
}

/** A refusal that no repetition changes: for a report, that an earlier one arrived. */
export function isFinal(error: unknown): boolean {
  return error instanceof ProblemError && error.status < 500 && error.status !== 429 && error.status !== 401
}
