"use client"

import { Check } from "lucide-react"
import { useSyncExternalStore } from "react"

const shownMs = 6_000

let said = ""
let timer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

/** Says quietly, once, what was just done: `The key is revoked.` */
export function say(words: string): void {
  set(words)
  clearTimeout(timer)
  timer = setTimeout(() => set(""), shownMs)
}

function set(words: string): void {
  said = words
  for (const listener of listeners) listener()
}

/** Where what was done is said. It is in the frame, so that it outlives the page it came from. */
export function SaidLine() {
  const words = useSyncExternalStore(subscribe, () => said, silent)

  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-20 z-40 flex justify-center px-4 md:bottom-6"
    >
      {words !== "" && (
        <p className="fade-in flex items-center gap-2 rounded-md border border-line bg-raised px-3 py-2 text-sm shadow-float">
          <Check size={16} aria-hidden className="text-muted" />
          {words}
        </p>
      )}
    </div>
  )
}

function silent(): string {
  return ""
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}
