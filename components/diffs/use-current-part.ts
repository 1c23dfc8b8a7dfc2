"use client"

import { useSyncExternalStore } from "react"

/** Where a part that was asked for comes to stand: below the top bar and the header of the part before it. */
const topInset = 120

/** Which of the parts one is in: the last one that has begun above the top of what is read. By index. */
export function useCurrentPart(ids: readonly string[]): number {
  return useSyncExternalStore(
    onMove,
    () => currentOf(ids),
    () => 0,
  )
}

/** How to bring a part to the top. The focus goes along, so that the next key begins there. */
export function showPart(id: string | undefined): void {
  const part = id === undefined ? null : document.getElementById(id)
  if (part === null) return

  part.scrollIntoView({ block: "start" })
  part.tabIndex = -1
  part.focus({ preventScroll: true })
}

/** Parts stand below each other, so that halving finds the one. */
function currentOf(ids: readonly string[]): number {
  let [low, high] = [0, ids.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const top = document.getElementById(ids[middle] ?? "")?.getBoundingClientRect().top ?? Infinity
    if (top <= topInset) low = middle
    else high = middle - 1
  }
  return low
}

function onMove(listener: () => void): () => void {
  const stopper = new AbortController()
  let frame = 0
  const soon = () => {
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(listener)
  }
  addEventListener("scroll", soon, { passive: true, signal: stopper.signal })
  addEventListener("resize", soon, { signal: stopper.signal })
  return () => {
    cancelAnimationFrame(frame)
    stopper.abort()
  }
}
