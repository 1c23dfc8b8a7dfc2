import { noMarks, type Effects } from "./approved-change.ts"
import { ProblemError } from "./guard-error.ts"
import type { JournalEntry } from "./journal.ts"
import { isAfter, nextStep } from "./next-step.ts"
import { isFinal, outcomeOf, partsAsApproved, report } from "./outcome.ts"
import { observeAll, placesOf } from "./places.ts"
import { thisProcess } from "./process-identity.ts"
import { sealed } from "./proposal.ts"
import { spendApproval, type SpendDependencies } from "./spend.ts"

/** What became of a decision that an earlier process was spending. */
export type Recovered = Readonly<{
  approvalId: string | null
  executionId: string | null
  tool: string
  /** `not_spent`: the server refused it, nothing happened. `left`: still in the journal, to be tried again. */
  status: "applied" | "failed" | "unknown" | "not_spent" | "left"
}>

/** Finishes what a killed process left, or finds out that there is nothing to finish (SPEC 4.2.3). */
export async function recover(
  dependencies: SpendDependencies,
  abandoned: JournalEntry,
  effects: Effects,
): Promise<Recovered> {
  const entry = { ...abandoned, owner: thisProcess }
  // Whatever went wrong, the entry stays, and with it the chance to try again.
  const status = await finish(dependencies, entry, effects).catch(() => "left" as const)
  if (status === "left") dependencies.journal.release(entry)
  return {
    approvalId: entry.consume?.approvalId ?? null,
    executionId: entry.executionId,
    tool: entry.proposal.tool.name,
    status,
  }
}

async function finish(
  dependencies: SpendDependencies,
  entry: JournalEntry,
  effects: Effects,
): Promise<Recovered["status"]> {
  const { outcome, executionId } = entry
  if (outcome !== null && executionId !== null) {
    return (await report(dependencies, { ...entry, executionId, outcome })) ? outcome.status : "left"
  }
  // The file may have been edited: only the change that was decided on is ever applied.
  const proposal = sealed(entry.proposal, effects.configDigest)
  if (proposal.changeHash !== entry.proposal.changeHash) return "left"
  if (entry.consume === null) return await reportAsFound(dependencies, { ...entry, proposal }, effects)

  try {
    const ended = await spendApproval(dependencies, { ...entry, proposal }, effects)
    return ended.isReported || ended.status === "unknown" ? ended.status : "left"
  } catch (error) {
    if (!isFinal(error)) throw error
    if (isSpentAndOver(error)) return await reportAsFound(dependencies, { ...entry, proposal }, effects)
    await dependencies.journal.remove(entry)
    return "not_spent"
  }
}

/** The server no longer replays it, so only what is there can tell what happened. */
async function reportAsFound(
  dependencies: SpendDependencies,
  entry: JournalEntry,
  effects: Effects,
): Promise<Recovered["status"]> {
  const { proposal, executionId } = entry
  const live = await observeAll(placesOf(proposal.bound), effects)
  const step = nextStep(live, true)
  if (executionId === null || step === "unknown") {
    await dependencies.journal.remove(entry)
    return "unknown"
  }

  const isDryRun = proposal.dryRun
  const status = live.every(isAfter) ? "applied" : "failed"
  const partsDone = isDryRun ? [] : partsAsApproved(live)
  const finding = { status, partsDone, isDryRun, marks: noMarks, applied: undefined, live } as const
  const outcome = outcomeOf(proposal, finding)
  return (await report(dependencies, { ...entry, executionId, outcome })) ? status : "left"
}

function isSpentAndOver(error: unknown): boolean {
  return error instanceof ProblemError && error.code === "already_consumed"
}
