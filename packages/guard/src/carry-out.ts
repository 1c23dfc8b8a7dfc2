import { randomBytes } from "node:crypto"
import type { ToolCallAnswer } from "./answers.ts"
import type { Effects } from "./approved-change.ts"
import type { Ended } from "./attempt.ts"
import { askedFor, explainFault } from "./explain.ts"
import { endedResult } from "./explain-ended.ts"
import { ProblemError } from "./guard-error.ts"
import type { JournalEntry } from "./journal.ts"
import { isFinal } from "./outcome.ts"
import { thisProcess } from "./process-identity.ts"
import { observeAll, placesOf } from "./places.ts"
import type { Proposal } from "./proposal.ts"
import { execute, spendApproval, type SpendDependencies } from "./spend.ts"
import { refusedResult, type ToolResult } from "./tool-result.ts"

/**
 * Looks at the world once more, writes the *started* mark and spends the approval.
 *
 * @throws whatever goes wrong before the mark is written: until then nothing is spent
 */
export async function carryOutApproved(
  dependencies: SpendDependencies,
  proposal: Proposal,
  approvalId: string,
  effects: Effects,
): Promise<ToolResult> {
  const live = await observeAll(placesOf(proposal.bound), effects)
  const observed = live.map((place) => place.live)
  const nonce = randomBytes(32).toString("hex")
  const entry = { ...startedEntry(dependencies, proposal), consume: { approvalId, nonce, observed } }
  await dependencies.journal.write(entry)
  return await settle(dependencies, entry, () => spendApproval(dependencies, entry, effects))
}

/** Carries out a call that policy allows without asking anyone. */
export async function carryOutAllowed(
  dependencies: SpendDependencies,
  proposal: Proposal,
  answer: Extract<ToolCallAnswer, { decision: "allow" }>,
  effects: Effects,
): Promise<ToolResult> {
  const { executionId, permit } = answer
  const entry = { ...startedEntry(dependencies, proposal), executionId }
  await dependencies.journal.write(entry)
  return await settle(dependencies, entry, () =>
    execute(dependencies, entry, { executionId, permit, replayed: false }, effects),
  )
}

function startedEntry({ client }: SpendDependencies, proposal: Proposal): JournalEntry {
  return {
    v: 1,
    origin: client.origin,
    owner: thisProcess,
    proposal,
    consume: null,
    executionId: null,
    outcome: null,
  }
}

async function settle(
  { journal }: SpendDependencies,
  entry: JournalEntry,
  spend: () => Promise<Ended>,
): Promise<ToolResult> {
  const { proposal } = entry
  try {
    return endedResult(proposal, await spend())
  } catch (error) {
    const asked = askedFor(proposal)
    if (isFinal(error)) {
      await journal.remove(entry)
      const status = error instanceof ProblemError ? error.code : "refused"
      return refusedResult(explainFault(asked, error), { status, changeHash: proposal.changeHash })
    }
    journal.release(entry)
    return refusedResult(explainFault(asked, error, unsettled), {
      status: "unsettled",
      changeHash: proposal.changeHash,
    })
  }
}

const unsettled =
  "It is not settled whether the change was made: the guard finishes it, or finds that it was not made, once it reaches Deltaseal again. Read the target before you rely on it."
