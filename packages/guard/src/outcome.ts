import { canonicalize } from "./canonical.ts"
import type { DeltasealClient, Outcome, Receipt } from "./client.ts"
import { observedState, type State } from "./content.ts"
import { ProblemError } from "./guard-error.ts"
import { boundStates, targetWords } from "./guarded-kinds.ts"
import { sha256Hex } from "./hashes.ts"
import type { Journal, JournalEntry } from "./journal.ts"
import { isAfter, type LivePart } from "./next-step.ts"
import type { Proposal } from "./proposal.ts"

/** What a tool says after applying: words for the model, proof for the log. */
export type Applied = Readonly<{ text?: string; receipts?: readonly Receipt[] }>

export function outcomeOf(
  status: Outcome["status"],
  applied: Applied | undefined,
  proposal: Proposal,
  after: readonly State[],
): Outcome {
  return {
    status,
    observedAfter: after.map(observedState),
    output: applied?.text === undefined ? null : outputOf(applied.text),
    receipts: status === "failed" ? [] : (applied?.receipts ?? receiptsOf(proposal)),
  }
}

/** The words of a result may hold what a log must not; their digest cannot. */
function outputOf(text: string): NonNullable<Outcome["output"]> {
  return { sha256: sha256Hex(canonicalize(text)), redacted: `${text.length} characters` }
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

/** Each part beside what is at its target. */
export function liveParts(proposal: Proposal, live: readonly State[]): LivePart[] {
  return proposal.parts.map((part, index) => ({
    kind: part.kind,
    ...boundStates(part),
    live: live[index] ?? { state: "absent" },
  }))
}

/** Whether what is there is what was approved. */
export function isAsApproved(proposal: Proposal, live: readonly State[]): boolean {
  return liveParts(proposal, live).every(isAfter)
}

function receiptsOf(proposal: Proposal): Receipt[] {
  return proposal.parts.map((part) => {
    const { after } = boundStates(part)
    const digest = after.state === "present" ? { digest: after.digest } : {}
    return { type: part.kind, id: targetWords(part), ...digest }
  })
}
