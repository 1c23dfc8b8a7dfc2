import { cover, isCovered } from "./coverage"
import type { Unit } from "./seen-ledger"
import type { Range } from "./word-changes"

/** The page's top bar, which stays on top of what passes. */
export const topBarHeight = 48

/** A stretch on the page: its rows, and what each of them shows. */
export type Watched = Readonly<{
  element: HTMLElement
  rows: readonly (readonly Unit[])[]
  /** Whether each row is a child of its own; else the element is the one row. */
  hasRowElements: boolean
}>

export type SeenTracker = Readonly<{
  /** Watches a stretch that is shown in full; answers how to stop. */
  watch: (watched: Watched) => () => void
  /** Names the bar that lies over the bottom of the screen: what is behind it is not on screen. */
  setBar: (element: HTMLElement | null) => void
  /** How many pixels from a row's top on were on screen already. */
  seenTo: (unit: Unit) => number
  /** Begins to look; answers how to stop. */
  start: () => () => void
}>

type Listener = Readonly<{
  isSeen: (unit: Unit) => boolean
  onSeen: (units: readonly Unit[]) => void
}>

/** Which pixels of a row lie between the bars, from its top. Its first unit stands for it. */
type Shown = Readonly<{ unit: Unit; units: readonly Unit[]; range: Range; height: number }>
type Covered = Readonly<{ ranges: readonly Range[]; height: number }>

type State = {
  readonly watched: Set<Watched>
  readonly covered: Map<Unit, Covered>
  last: ReadonlyMap<Unit, Shown>
  bar: HTMLElement | null
  wake: () => void
}

/**
 * Follows which rows of a diff were on screen: all of each, in whatever steps.
 * What counts lay between the bars in two frames after each other, so that
 * what flies by on the way to somewhere else does not. How much of a row was
 * seen is forgotten when the row's height changes; that all of it was is not.
 */
export function createSeenTracker(listener: Listener): SeenTracker {
  const state: State = {
    watched: new Set(),
    covered: new Map(),
    last: new Map(),
    bar: null,
    wake: () => undefined,
  }

  return {
    watch: (watched) => {
      state.watched.add(watched)
      state.wake()
      return () => state.watched.delete(watched)
    },
    setBar: (element) => {
      state.bar = element
    },
    seenTo: (unit) => state.covered.get(unit)?.ranges.find(({ start }) => start <= 2)?.end ?? 0,
    start: () => start(state, listener),
  }
}

function start(state: State, listener: Listener): () => void {
  const stopper = new AbortController()
  let [frame, framesLeft] = [0, 0]
  const look = () => {
    framesLeft -= 1
    const isProgress = measure(state, listener)
    if (isProgress && framesLeft < 1) framesLeft = 1
    frame = framesLeft > 0 ? requestAnimationFrame(look) : 0
  }
  state.wake = () => {
    framesLeft = 2
    if (frame === 0) frame = requestAnimationFrame(look)
  }

  const { signal } = stopper
  addEventListener("scroll", state.wake, { passive: true, capture: true, signal })
  addEventListener("resize", state.wake, { signal })
  document.addEventListener("visibilitychange", state.wake, { signal })
  state.wake()
  return () => {
    cancelAnimationFrame(frame)
    state.wake = () => undefined
    stopper.abort()
  }
}

/** Looks once; answers whether there was more on screen than was known. */
function measure(state: State, { isSeen, onSeen }: Listener): boolean {
  const { covered, last } = state
  const shown = document.visibilityState === "hidden" ? [] : shownNow(state, isSeen)
  state.last = new Map(shown.map((row) => [row.unit, row]))

  let isProgress = false
  const done: Unit[] = []
  for (const { unit, units, range, height } of shown) {
    const stayed = overlap(range, last.get(unit), height)
    if (stayed === null) continue

    const known = covered.get(unit)
    const before = known !== undefined && isSame(known.height, height) ? known.ranges : []
    const ranges = cover(before, stayed)
    isProgress ||= sizeOf(ranges) > sizeOf(before)
    covered.set(unit, { ranges, height })
    if (!isCovered(ranges, height)) continue
    covered.delete(unit)
    done.push(...units)
  }

  if (done.length > 0) onSeen(done)
  return isProgress
}

/** What of the rows that were not seen yet lies between the bars now. */
function shownNow({ watched, bar }: State, isSeen: (unit: Unit) => boolean): Shown[] {
  const bottom = bar?.getBoundingClientRect().top ?? innerHeight
  const shown: Shown[] = []
  for (const { element, rows, hasRowElements } of watched) {
    const box = element.getBoundingClientRect()
    if (box.height === 0 || box.bottom <= topBarHeight || box.top >= bottom) continue

    const top = topOf(element)
    const elements = hasRowElements ? element.children : [element]
    for (let at = firstBelow(elements, top); at < rows.length; at += 1) {
      const units = rows[at] ?? []
      const place = elements[at]?.getBoundingClientRect()
      if (place === undefined || place.top >= bottom) break
      const [unit] = units
      if (unit === undefined || units.every(isSeen)) continue

      const range = {
        start: Math.max(place.top, top) - place.top,
        end: Math.min(place.bottom, bottom) - place.top,
      }
      if (range.end > range.start) shown.push({ unit, units, range, height: place.height })
    }
  }
  return shown
}

/** Where what passes under the file's own name begins: a long name takes more than one line. */
function topOf(element: HTMLElement): number {
  const header = element.closest("section")?.querySelector("header")
  return Math.max(topBarHeight, header?.getBoundingClientRect().bottom ?? 0)
}

function firstBelow(elements: ArrayLike<Element>, top: number): number {
  let [low, high] = [0, elements.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((elements[middle]?.getBoundingClientRect().bottom ?? 0) <= top) low = middle + 1
    else high = middle
  }
  return low
}

function overlap(range: Range, before: Shown | undefined, height: number): Range | null {
  if (before === undefined || !isSame(before.height, height)) return null
  const start = Math.max(range.start, before.range.start)
  const end = Math.min(range.end, before.range.end)
  return end > start ? { start, end } : null
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) < 1
}

function sizeOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0)
}
