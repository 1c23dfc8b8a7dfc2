import { cover, isCovered } from "./coverage"
import type { Range } from "./word-changes"

/** A segment's height in the units that its coverage is kept in, so that a resize does not undo it. */
const unit = 1000

/** The page's top bar and the file's name, which stay on top of what passes. */
const topInset = 84

export type SeenTracker = Readonly<{
  /** Watches an element that shows a segment in full; answers how to stop. */
  watch: (id: string, element: HTMLElement) => () => void
  /** Names the bar that lies over the bottom of the screen: what is behind it is not on screen. */
  setBar: (element: HTMLElement | null) => void
  /** Brings the first stretch of a segment onto the screen that was not on it yet. */
  show: (id: string) => void
  /** Begins to look; answers how to stop. */
  start: (onSeen: (ids: readonly string[]) => void) => () => void
}>

type State = {
  readonly elements: Map<string, HTMLElement>
  readonly onScreen: Set<Element>
  readonly covered: Map<string, Range[]>
  bar: HTMLElement | null
  observer: IntersectionObserver | null
}

/**
 * Follows which segments of a diff were on screen: all of each, in whatever
 * steps. An observer says which are in view; of those, what lies between the
 * bars counts.
 */
export function createSeenTracker(): SeenTracker {
  const state: State = {
    elements: new Map(),
    onScreen: new Set(),
    covered: new Map(),
    bar: null,
    observer: null,
  }

  return {
    watch: (id, element) => {
      state.elements.set(id, element)
      state.observer?.observe(element)
      return () => {
        state.elements.delete(id)
        state.onScreen.delete(element)
        state.observer?.unobserve(element)
      }
    },
    setBar: (element) => {
      state.bar = element
    },
    show: (id) => {
      show(state, id)
    },
    start: (onSeen) => start(state, onSeen),
  }
}

function start(state: State, onSeen: (ids: readonly string[]) => void): () => void {
  const stopper = new AbortController()
  let frame = 0
  const soon = () => {
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(() => {
      const done = measure(state)
      if (done.length > 0) onSeen(done)
    })
  }
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) state.onScreen.add(target)
      else state.onScreen.delete(target)
    }
    soon()
  })

  state.observer = observer
  for (const element of state.elements.values()) observer.observe(element)
  const { signal } = stopper
  addEventListener("scroll", soon, { passive: true, capture: true, signal })
  addEventListener("resize", soon, { signal })
  document.addEventListener("visibilitychange", soon, { signal })
  return () => {
    cancelAnimationFrame(frame)
    observer.disconnect()
    state.observer = null
    stopper.abort()
  }
}

/** Adds what is on screen now; the ids of the segments that are complete with it. */
function measure({ elements, onScreen, covered, bar }: State): string[] {
  if (document.visibilityState === "hidden") return []

  const bottom = bar?.getBoundingClientRect().top ?? innerHeight
  const done: string[] = []
  for (const [id, element] of elements) {
    const before = covered.get(id) ?? []
    if (!onScreen.has(element) || isCovered(before, unit)) continue

    const box = element.getBoundingClientRect()
    const [from, to] = [Math.max(box.top, topInset), Math.min(box.bottom, bottom)]
    if (box.height === 0 || to <= from) continue

    const scale = unit / box.height
    const after = cover(before, { start: (from - box.top) * scale, end: (to - box.top) * scale })
    covered.set(id, after)
    if (isCovered(after, unit)) done.push(id)
  }

  return done
}

function show({ elements, covered }: State, id: string): void {
  const element = elements.get(id) ?? document.getElementById(id)
  if (!element) return

  const seenTo = covered.get(id)?.find((range) => range.start <= 2)?.end ?? 0
  const box = element.getBoundingClientRect()
  scrollTo({ top: scrollY + box.top + (seenTo / unit) * box.height - topInset - 24 })
  element.focus({ preventScroll: true })
}
