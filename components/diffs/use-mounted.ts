"use client"

import { useCallback, useEffect, useEffectEvent, useRef, useState, type RefObject } from "react"
import { flushSync } from "react-dom"
import { estimatedHeight, type DiffItem } from "./diff-items"
import { isWithin, offsetOf, windowBetween, type MountedWindow } from "./mounted-window"
import { rowMetrics } from "./row-metrics"

/** Items stand on the page from this far before they can be seen, in pixels ... */
const nearPixels = 500
/** ... and when some have to come, those that are this far come with them. */
const aheadPixels = 1_400

export type Mounted = Readonly<{
  window: MountedWindow
  list: RefObject<HTMLDivElement | null>
  /** Tells how high an item on the page is. */
  measure: (id: string, height: number) => void
  /** Puts an item on the page; false when it is not in this list. */
  reveal: (id: string) => boolean
}>

/**
 * Which items of a list stand on the page: those near what is on screen. All of
 * them when `isLong` is not set. The server renders the first few, as many as
 * `firstItems` says.
 */
export function useMounted(items: readonly DiffItem[], isLong: boolean, firstItems: number): Mounted {
  const list = useRef<HTMLDivElement>(null)
  const { measure, all: heightsNow } = useHeights(items, list)
  const [mounted, setMounted] = useState(() => whole(Math.min(firstItems, items.length)))

  const look = useEffectEvent((isForced: boolean) => {
    const element = list.current
    if (!isLong || element === null) return
    const known = heightsNow(element)
    const top = -element.getBoundingClientRect().top
    const around = (pixels: number) => windowBetween(known, top - pixels, top + innerHeight + pixels)
    const needed = around(nearPixels)
    if (!isForced && isWithin(needed, mounted)) return
    const next = around(aheadPixels)
    if (isForced && isSame(next, mounted)) return
    // Before this frame is painted, so that nobody sees a stretch without its lines.
    flushSync(() => setMounted(next))
  })

  useEffect(() => {
    if (!isLong) return
    let frame = requestAnimationFrame(() => look(true))
    const soon = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => look(false))
    }
    const stopper = new AbortController()
    addEventListener("scroll", soon, { passive: true, signal: stopper.signal })
    addEventListener("resize", soon, { signal: stopper.signal })
    return () => {
      cancelAnimationFrame(frame)
      stopper.abort()
    }
  }, [isLong, items])

  const reveal = useCallback(
    (id: string) => {
      const index = items.findIndex((item) => item.id === id)
      if (index < 0 || !isLong) return index >= 0
      const known = heightsNow(list.current)
      const offset = offsetOf(known, index)
      const next = windowBetween(known, offset - aheadPixels, offset + innerHeight + aheadPixels)
      flushSync(() => setMounted((now) => (index >= now.first && index < now.end ? now : next)))
      return true
    },
    [items, heightsNow, isLong],
  )

  const shown = isLong ? clamped(mounted, items.length) : whole(items.length)
  return { window: shown, list, measure, reveal }
}

/** Heights as they were on the page, and as they will be, nearly, where they were not. */
function useHeights(items: readonly DiffItem[], list: RefObject<HTMLDivElement | null>) {
  const measured = useRef(new Map<string, number>())
  const width = useRef(0)
  useEffect(() => {
    const element = list.current
    if (element === null) return
    const observer = new ResizeObserver(([entry]) => {
      const next = entry?.contentRect.width ?? 0
      // Lines wrap elsewhere now; what is on the page says its new height itself.
      if (width.current !== 0 && Math.abs(next - width.current) >= 1) measured.current.clear()
      width.current = next
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [list])

  const measure = useCallback((id: string, height: number) => void measured.current.set(id, height), [])
  const all = useCallback(
    (element: HTMLElement | null): number[] => {
      const metrics = rowMetrics(element, items)
      return items.map((item) => measured.current.get(item.id) ?? estimatedHeight(item, metrics))
    },
    [items],
  )
  return { measure, all }
}

function whole(count: number): MountedWindow {
  return { first: 0, end: count, before: 0, after: 0 }
}

function clamped({ first, end, before, after }: MountedWindow, count: number): MountedWindow {
  return { first: Math.min(first, count), end: Math.min(end, count), before, after }
}

function isSame(a: MountedWindow, b: MountedWindow): boolean {
  return a.first === b.first && a.end === b.end && a.before === b.before && a.after === b.after
}
