import type { Consumed } from "./answers.ts"
import type { DeltasealClient, Outcome } from "./client.ts"
import type { State } from "./content.ts"
import { observedState } from "./content.ts"
import { GuardError } from "./guard-error.ts"
import type { GuardedKind, GuardedKinds } from "./guarded-kinds.ts"
import type { Journal, JournalEntry } from "./journal.ts"
import { isSameState, nextStep, type NextStep } from "./next-step.ts"
import { isAsApproved, liveParts, outcomeOf, report, type Applied } from "./outcome.ts"
import type { PermitVerifier } from "./permit.ts"
import { observeAll, type Observe, type Proposal } from "./proposal.ts"

/** What a tool gets to apply: a frozen copy of exactly what was decided on. */
export type ApprovedChange<Input = unknown, Kind extends GuardedKind = "file"> = Readonly<{
  input: Input
  parts: readonly GuardedKinds[Kind]["part"][]
  executionId: string
  approvalId: string | null
  voters: readonly string[]
}>

/** How a tool touches the world: `apply` only ever runs with a verified permit. */
export type Effects = Readonly<{
  observe: Observe
  apply: (change: ApprovedChange<unknown, GuardedKind>) => Promise<Applied | undefined>
}>

export type SpendDependencies = Readonly<{
  client: DeltasealClient
  journal: Journal
  permits: PermitVerifier
}>

/** How a spent decision ended. */
export type Ended = Readonly<{
  executionId: string
  step: NextStep | "not_permitted"
  status: Outcome["status"] | "unknown"
  /** Whether what is there now is what was approved. */
  isAsApproved: boolean
  /** Whether what is there now is what was there before. */
  isUntouched: boolean
  /** Whether the server has heard of it. */
  isReported: boolean
  text: string | undefined
  error: unknown
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
  const started = { ...entry, executionId: consumed.executionId }
  await dependencies.journal.write(started)
  return await execute(dependencies, started, consumed, effects)
}

/** Verifies the permit, applies if the world is still as it was reviewed, and reports. */
export async function execute(
  dependencies: SpendDependencies,
  entry: JournalEntry,
  granted: Consumed,
  effects: Effects,
): Promise<Ended> {
  const attempt = await attemptOf(dependencies.permits, entry, granted, effects)
  const after = await observeAll(entry.proposal.parts, effects.observe)
  const ended = endOf(granted.executionId, entry.proposal, attempt, after)
  if (ended.status === "unknown") {
    // There is nothing true to report; the server calls it unknown by itself and alerts.
    await dependencies.journal.remove(entry)
    return ended
  }

  const outcome = outcomeOf(ended.status, attempt.applied, entry.proposal, after)
  const isReported = await report(dependencies, { ...entry, executionId: granted.executionId, outcome })
  return { ...ended, isReported }
}

type Attempt = Readonly<{ step: Ended["step"]; applied?: Applied | undefined; error?: unknown }>

async function attemptOf(
  permits: PermitVerifier,
  entry: JournalEntry,
  granted: Consumed,
  effects: Effects,
): Promise<Attempt> {
  const approvalId = entry.consume?.approvalId ?? null
  const { executionId } = granted
  try {
    const { voters } = await permits.verify(granted.permit, { ...entry.proposal, executionId, approvalId })
    const live = await observeAll(entry.proposal.parts, effects.observe)
    const step = nextStep(liveParts(entry.proposal, live), granted.replayed)
    if (step !== "apply") return { step }
    const { input, parts } = entry.proposal
    return await applied(effects, { input, parts, executionId, approvalId, voters })
  } catch (error) {
    if (error instanceof GuardError && error.code === "permit_refused")
      return { step: "not_permitted", error }
    throw error
  }
}

async function applied(effects: Effects, change: ApprovedChange<unknown, GuardedKind>): Promise<Attempt> {
  try {
    return { step: "apply", applied: await effects.apply(change) }
  } catch (error) {
    return { step: "apply", error }
  }
}

/** What is there decides: a tool that threw after writing has written. */
function endOf(executionId: string, proposal: Proposal, attempt: Attempt, after: readonly State[]): Ended {
  const matches = isAsApproved(proposal, after)
  const isDone =
    attempt.step === "already_applied" || (attempt.step === "apply" && attempt.error === undefined)
  const isWritten = attempt.step === "apply" && matches
  const status = isDone || isWritten ? "applied" : "failed"
  return {
    executionId,
    step: attempt.step,
    status: attempt.step === "unknown" ? "unknown" : status,
    isAsApproved: matches,
    isUntouched: liveParts(proposal, after).every((part) => isSameState(part.live, part.before)),
    isReported: false,
    text: attempt.applied?.text,
    error: attempt.error,
  }
}
