"use client"

import { useEffect, useEffectEvent } from "react"

/** What single keys do, by `event.key` in lower case. */
export type Shortcuts = Readonly<Record<string, () => void>>

/** Listens for single keys anywhere on the page, but not while somebody types, holds a key or has a menu open. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const action = shortcuts[event.key.toLowerCase()]
    if (!action || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented)
      return
    if (isTaken(event.target)) return

    event.preventDefault()
    action()
  })

  useEffect(() => {
    document.addEventListener("keydown", onKeyDown)
    return () => document.removeEventListener("keydown", onKeyDown)
  }, [])
}

function isTaken(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false
  return (
    target.closest(
      "input:not([type=checkbox]), textarea, select, [contenteditable], [role='menu'], dialog",
    ) !== null
  )
}
