import type { Consumed } from "./answers.ts"
import {
  createMarks,
  noMarks,
  UncertainError,
  type Applied,
  type ApprovedChange,
  type Effects,
  type Marks,
} from "./approved-change.ts"
import type { Outcome } from "./client.ts"
import { GuardError } from "./guard-error.ts"
import type { GuardedKind } from "./guarded-kinds.ts"
import type { JournalEntry } from "./journal.ts"
import { isAfter, isSameState, nextStep, type NextStep } from "./next-step.ts"
import { partsAsApproved } from "./outcome.ts"
import type { PermitVerifier } from "./permit.ts"
import { isOnce, observeAll, placesOf, type LivePlace } from "./places.ts"
import type { Proposal } from "./proposal.ts"
import { assertConfined } from "./sandbox.ts"
import { StillRunning, withinTime } from "./time-limit.ts"

/** One try to apply, before anybody looked at what came of it. */
export type Attempt = Readonly<{
  step: NextStep | "not_permitted"
  /** Whether an earlier attempt may have done some of it. */
  mayHaveApplied: boolean
  isDryRun: boolean
  marks: Marks
  applied: Applied | undefined
  /** How much of its words may be handed on; absent and null = all. */
  outputBytesMax?: number | null
  error: unknown
}>

/** How a spent decision ended. */
export type Ended = Readonly<{
  executionId: string
  step: Attempt["step"]
  status: Outcome["status"] | "unknown"
  /** Which parts were carried out, by their place in the change. */
  partsDone: readonly number[]
  isDryRun: boolean
  /** Whether what is there now is what was approved; after a dry run, what was there before. */
  isAsApproved: boolean
  /** Whether what is there now is what was there before. */
  isUntouched: boolean
  /** Whether the server has heard of it. */
  isReported: boolean
  text: string | undefined
  /** Why the tool's words are not handed on; null where they are. */
  withheld: string | null
  error: unknown
  live: readonly LivePlace[]
}>

/** Applies a spent decision if its permit fits and the world is still as it was reviewed. */
export async function attemptOf(
  permits: PermitVerifier,
  entry: JournalEntry,
  { executionId, permit, replayed }: Consumed,
  effects: Effects,
): Promise<Attempt> {
  const { proposal } = entry
  const approvalId = entry.consume?.approvalId ?? null
  const attempt = {
    mayHaveApplied: replayed,
    isDryRun: proposal.dryRun,
    marks: noMarks,
    applied: undefined,
    error: undefined,
  }
  try {
    const granted = await permits.verify(permit, { ...proposal, executionId, approvalId })
    const { executionId: _id, decision: _decision, policyVersion: _version, ...terms } = granted
    await assertConfined(terms, effects.sandbox)
    const step = nextStep(await observeAll(placesOf(proposal.bound), effects), replayed)
    if (step !== "apply") return { ...attempt, step, isDryRun: terms.dryRun }
    const { input, parts } = proposal
    const { marks, done } = createMarks(parts)
    const change = { ...terms, input, parts, executionId, approvalId, done }
    return { ...attempt, step, isDryRun: terms.dryRun, marks, ...(await applied(effects, change)) }
  } catch (error) {
    if (!(error instanceof GuardError && refusals.has(error.code))) throw error
    return { ...attempt, step: "not_permitted", error }
  }
}

/** What is found before the tool is let loose: nothing was done, and what is spent is over. */
const refusals: ReadonlySet<string> = new Set(["permit_refused", "sandbox_required"])

async function applied(
  effects: Effects,
  change: Omit<ApprovedChange<unknown, GuardedKind>, "signal">,
): Promise<Pick<Attempt, "applied" | "error" | "outputBytesMax">> {
  try {
    const applied = await withinTime(change.timeoutSeconds, (signal) =>
      effects.apply(Object.freeze({ ...change, signal })),
    )
    return { applied, error: undefined, outputBytesMax: change.outputBytes }
  } catch (error) {
    // What is sent, executed or called and did not stop may still come about.
    if (error instanceof StillRunning && change.parts.some(({ kind }) => isOnce(kind))) {
      return { applied: undefined, error: new UncertainError(error.message) }
    }
    return { applied: undefined, error: error ?? new Error("The tool failed.") }
  }
}

/** Looks at what is there after an attempt. That decides: a tool that threw after writing has written. */
export async function endOf(
  proposal: Proposal,
  executionId: string,
  attempt: Attempt,
  effects: Effects,
): Promise<Ended> {
  const live = await observeAfter(proposal, attempt, effects)
  const isUntouched = live.every((place) => isSameState(place.live, place.before))
  const isAsApproved = attempt.isDryRun ? isUntouched : live.every(isAfter)
  return {
    executionId,
    step: attempt.step,
    status: statusOf(attempt, live, isAsApproved),
    partsDone: partsDoneIn(attempt, live),
    isDryRun: attempt.isDryRun,
    isAsApproved,
    isUntouched,
    isReported: false,
    ...wordsOf(attempt),
    error: attempt.error,
    live,
  }
}

/** Words beyond the limit are withheld whole: a piece of them could mean something else. */
function wordsOf({ applied, outputBytesMax = null }: Attempt): Pick<Ended, "text" | "withheld"> {
  const text = applied?.text
  const bytes = Buffer.byteLength(text ?? "", "utf8")
  if (outputBytesMax === null || bytes <= outputBytesMax) return { text, withheld: null }
  return { text: undefined, withheld: `Its output has ${bytes} bytes, and policy allows ${outputBytesMax}.` }
}

/** What was sent, executed or called is not to be seen: of that the tool's word is taken. */
async function observeAfter(proposal: Proposal, attempt: Attempt, effects: Effects): Promise<LivePlace[]> {
  const seen = await observeAll(placesOf(proposal.bound), effects)
  const { step, error, marks, isDryRun } = attempt
  if (step !== "apply" || isDryRun) return seen
  return seen.map((place) =>
    place.target === null && (error === undefined || marks.has(place.part))
      ? { ...place, live: place.after }
      : place,
  )
}

function statusOf(attempt: Attempt, live: readonly LivePlace[], isAsApproved: boolean): Ended["status"] {
  const { step, error, isDryRun } = attempt
  if (step === "unknown") return "unknown"
  if (step === "already_applied") return "applied"
  if (step !== "apply") return "failed"

  if (error === undefined) {
    // A copy is no move, and only the destination of a move is reported.
    const isCopied = !isDryRun && live.some((place) => place.isSource && !isAfter(place))
    return isCopied ? "failed" : "applied"
  }
  if (isAsApproved && !isDryRun) return "applied"
  return error instanceof UncertainError ? "unknown" : "failed"
}

function partsDoneIn(
  { step, mayHaveApplied, isDryRun }: Attempt,
  live: readonly LivePlace[],
): readonly number[] {
  const mayBeOurs = step === "apply" || (mayHaveApplied && step !== "not_permitted")
  return mayBeOurs && !isDryRun ? partsAsApproved(live) : []
}
