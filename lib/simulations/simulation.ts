/** How far a simulation is, or how it ended. */
export type SimulationStatus = (typeof simulationStatuses)[number]

export const simulationStatuses = ["running", "done", "cancelled", "failed"] as const

/** What a call was answered. */
export type Answer = (typeof answers)[number]

export const answers = ["allow", "pending", "deny"] as const

/**
 * Why a draft says nothing of a call: something else than the policy refused
 * it; what the policy looked at is gone, or was never recorded.
 */
export type Untold = (typeof untold)[number]

export const untold = ["refused_otherwise", "gone", "unrecorded"] as const

/** How many calls came out how, by `was>now`, who is asked, why nothing can be said, or the limit that refused them. */
export type Counts = Readonly<Record<string, number>>

/** Adds what one more piece of the calls came to. */
export function addCounts(counts: Counts, more: Counts): Counts {
  return Object.entries(more).reduce(
    (sum, [name, calls]) => ({ ...sum, [name]: (sum[name] ?? 0) + calls }),
    counts,
  )
}

/** One way in which answers came out, and how many did. */
export type AnswerCount = Readonly<{ was: Answer; now: Answer; calls: number }>

/** Counts as they are shown: those with the same answer too, and none that are zero. */
export function answerCounts(counts: Counts): AnswerCount[] {
  return answers.flatMap((was) =>
    answers.flatMap((now) => {
      const calls = counts[`${was}>${now}`] ?? 0
      return calls === 0 ? [] : [{ was, now, calls }]
    }),
  )
}

/** What calls are counted under that people would decide all the same, but others, or otherwise. */
export const othersAsked = "others_asked"

const over = "over:"

/** What calls that a limit would have refused are counted under. */
export function overKey(limit: string): string {
  return over + limit
}

/** How many calls each limit of the draft would have refused, by its name. */
export function overCounts(counts: Counts): Readonly<{ limit: string; calls: number }>[] {
  return Object.entries(counts)
    .flatMap(([name, calls]) => (name.startsWith(over) ? [{ limit: name.slice(over.length), calls }] : []))
    .toSorted((one, other) => (one.limit < other.limit ? -1 : 1))
}
