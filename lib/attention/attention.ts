/** What is known of one vote and of how it came about. */
export type DecisionFacts = Readonly<{
  tenantId: string
  tenantName: string
  server: string
  tool: string
  personId: string
  personName: string
  isApproval: boolean
  /** How many lines the change adds and removes. */
  lines: number
  /** How long the change was on this person's screen; null where no page reported it. */
  visibleMs: number | null
  /** Whether all of it was on screen before the vote. */
  wasShown: boolean
}>

/** Decisions about changes of a size; `linesMax` is null for the largest. */
export type SizeBucket = Readonly<{
  linesMin: number
  linesMax: number | null
  decisions: number
  medianMs: number | null
}>

export type AttentionSummary = Readonly<{
  decisions: number
  approvals: number
  denials: number
  /** Of those decisions that a page reported on, in milliseconds; null where there is none. */
  medianMs: number | null
  /** Cast without a page of ours, such as over REST: nothing is known of what was on screen. */
  withoutPage: number
  /** Cast on a page before all of the change was on screen. */
  beforeShown: number
  /** Faster than a hundred lines in `quickSeconds`, of changes that are long enough to say so. */
  quick: number
  /** The longest run of one person's approvals without a denial. */
  longestStreak: number
  sizes: readonly SizeBucket[]
}>

/** A hundred lines in fewer seconds than this count as quick ... */
export const quickSeconds = 10
/** ... where there are at least so many: a short change is read at a glance. */
const quickLinesMin = 20

const sizes = [
  [0, 10],
  [11, 50],
  [51, 200],
  [201, null],
] as const

/** What some decisions, oldest first, come to. */
export function summarise(facts: readonly DecisionFacts[]): AttentionSummary {
  const approvals = facts.filter(({ isApproval }) => isApproval).length
  const seen = facts.filter(({ visibleMs }) => visibleMs !== null)

  return {
    decisions: facts.length,
    approvals,
    denials: facts.length - approvals,
    medianMs: medianOf(facts),
    withoutPage: facts.length - seen.length,
    beforeShown: seen.filter(({ wasShown }) => !wasShown).length,
    quick: seen.filter(isQuick).length,
    longestStreak: longestStreak(facts),
    sizes: sizes.map(([linesMin, linesMax]) => {
      const some = facts.filter(({ lines }) => lines >= linesMin && lines <= (linesMax ?? Infinity))
      return { linesMin, linesMax, decisions: some.length, medianMs: medianOf(some) }
    }),
  }
}

function isQuick({ lines, visibleMs }: DecisionFacts): boolean {
  return visibleMs !== null && lines >= quickLinesMin && (visibleMs / lines) * 100 < quickSeconds * 1_000
}

function medianOf(facts: readonly DecisionFacts[]): number | null {
  const times = facts.flatMap(({ visibleMs }) => visibleMs ?? []).toSorted((a, b) => a - b)
  const [low, high] = [times[(times.length - 1) >> 1], times[times.length >> 1]]

  return low === undefined || high === undefined ? null : Math.round((low + high) / 2)
}

function longestStreak(facts: readonly DecisionFacts[]): number {
  let longest = 0
  const running = new Map<string, number>()
  for (const { personId, isApproval } of facts) {
    const now = isApproval ? (running.get(personId) ?? 0) + 1 : 0
    running.set(personId, now)
    longest = Math.max(longest, now)
  }

  return longest
}

/** Decisions in groups, in the order in which each group's first one comes. */
export function groupedBy(
  facts: readonly DecisionFacts[],
  keyOf: (one: DecisionFacts) => string,
): readonly (readonly [DecisionFacts, ...DecisionFacts[]])[] {
  const groups = new Map<string, [DecisionFacts, ...DecisionFacts[]]>()
  for (const one of facts) {
    const group = groups.get(keyOf(one))
    if (group === undefined) groups.set(keyOf(one), [one])
    else group.push(one)
  }

  return [...groups.values()]
}

/** From so many decisions on a person has a row of their own: fewer say nothing of anybody. */
export const personDecisionsMin = 20

const hintDecisionsMin = 5
const hintLinesMin = 51
const hintMsPerLine = 100

/** The largest changes that are decided faster than people read; null where none are. */
export function hurriedSize({ sizes: buckets }: AttentionSummary): SizeBucket | null {
  const hurried = buckets.filter(
    ({ decisions, linesMin, medianMs }) =>
      decisions >= hintDecisionsMin &&
      linesMin >= hintLinesMin &&
      medianMs !== null &&
      medianMs < linesMin * hintMsPerLine,
  )

  return hurried.at(-1) ?? null
}
