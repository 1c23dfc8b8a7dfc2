import type { FileModel, Segment } from "./diff-model"

/**
 * What has to be on screen: a line, or a stretch without any. It is known by
 * its identity, so a line that was seen is seen however it is laid out.
 */
export type Unit = object

export type SeenSummary = Readonly<{
  hunkCount: number
  seenHunkCount: number
  /** Of all lines, rounded down; null where counting hunks says enough. */
  seenPercent: number | null
  isAllSeen: boolean
  isHunkSeen: (hunkId: string) => boolean
}>

/** The first row of a stretch that was not on screen yet. */
export type UnseenRow = Readonly<{ segmentId: string; row: number; unit: Unit }>

export type SeenLedger = Readonly<{
  isSeen: (unit: Unit) => boolean
  /** Counts what was on screen; answers whether any of it was new. */
  mark: (units: readonly Unit[]) => boolean
  /** The same object until something in it changes. */
  summary: () => SeenSummary
  /** In the order in which `files` are laid out. */
  firstUnseen: (files: readonly FileModel[]) => UnseenRow | null
}>

/** What each row of a stretch shows: a line, the two sides of a row, or all of the stretch at once. */
export function rowUnits(segment: Segment): readonly (readonly Unit[])[] {
  const { lines, rows, fields } = segment
  if (rows !== undefined) return rows.map((row) => [row.old, row.new].filter((line) => line !== null))
  if (fields !== undefined && lines.length > 0) return [lines]
  return lines.length === 0 ? [[segment]] : lines.map((line) => [line])
}

/** Keeps what of a change was on screen, by the hunk. `files` are all of it, in whichever layout. */
export function createSeenLedger(files: readonly FileModel[]): SeenLedger {
  const hunks = files.flatMap((file) => file.hunks)
  const left = new Map<string, number>()
  const hunkOf = new Map<Unit, string>()
  for (const file of files) {
    for (const [index, { id, segments }] of file.hunks.entries()) {
      const units = segmentsWith(index === 0 ? file.head : undefined, segments).flatMap((segment) =>
        rowUnits(segment).flat(),
      )
      left.set(id, units.length)
      for (const unit of units) hunkOf.set(unit, id)
    }
  }

  const state = { seen: new Set<Unit>(), left, hunkOf, hunkCount: hunks.length }
  const isLong = hunks.some(({ segments }) => segments.length > 4) || hunks.length > 100
  let summary = summaryOf(state, isLong, null)
  return {
    isSeen: (unit) => state.seen.has(unit),
    mark: (units) => {
      const before = state.seen.size
      for (const unit of units) markOne(state, unit)
      if (state.seen.size === before) return false
      summary = summaryOf(state, isLong, summary)
      return true
    },
    summary: () => summary,
    firstUnseen: (shown) => firstUnseen(shown, state.seen),
  }
}

/** A call's head counts with the first hunk below it: nobody has seen that hunk who did not see what it is for. */
function segmentsWith(head: Segment | undefined, segments: readonly Segment[]): readonly Segment[] {
  return head === undefined ? segments : [head, ...segments]
}

type State = Readonly<{
  seen: Set<Unit>
  /** How many units of each hunk were not on screen yet. */
  left: Map<string, number>
  hunkOf: ReadonlyMap<Unit, string>
  hunkCount: number
}>

function markOne({ seen, left, hunkOf }: State, unit: Unit): void {
  const hunkId = hunkOf.get(unit)
  if (hunkId === undefined || seen.has(unit)) return

  seen.add(unit)
  left.set(hunkId, (left.get(hunkId) ?? 0) - 1)
}

function summaryOf(state: State, isLong: boolean, last: SeenSummary | null): SeenSummary {
  const { seen, left, hunkOf, hunkCount } = state
  let seenHunkCount = 0
  for (const count of left.values()) if (count === 0) seenHunkCount += 1
  const seenPercent = isLong ? Math.floor((seen.size / Math.max(1, hunkOf.size)) * 100) : null
  if (last?.seenHunkCount === seenHunkCount && last.seenPercent === seenPercent) return last

  return {
    hunkCount,
    seenHunkCount,
    seenPercent,
    isAllSeen: seenHunkCount === hunkCount,
    isHunkSeen: (hunkId) => left.get(hunkId) === 0,
  }
}

function firstUnseen(files: readonly FileModel[], seen: ReadonlySet<Unit>): UnseenRow | null {
  const all = files.flatMap(({ head, hunks }) =>
    segmentsWith(
      head,
      hunks.flatMap(({ segments }) => segments),
    ),
  )
  for (const segment of all) {
    for (const [row, units] of rowUnits(segment).entries()) {
      const [unit] = units
      if (unit !== undefined && units.some((one) => !seen.has(one)))
        return { segmentId: segment.id, row, unit }
    }
  }
  return null
}
