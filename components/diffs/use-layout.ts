"use client"

import { useCallback, useState, useSyncExternalStore } from "react"

export type DiffLayout = "unified" | "split"

export type LayoutChoice = Readonly<{
  /** What a person chose; it is remembered. */
  chosen: DiffLayout
  /** What there is room for. */
  layout: DiffLayout
  choose: (layout: DiffLayout) => void
}>

/** Two sides need this much room; below it everything is unified. */
const roomy = "(width >= 1024px)"

/** How diffs are laid out. The choice goes into a cookie, so that the server renders the next page with it. */
export function useLayout(remembered: DiffLayout): LayoutChoice {
  const [chosen, setChosen] = useState(remembered)
  const isRoomy = useSyncExternalStore(
    onRoomChange,
    () => matchMedia(roomy).matches,
    () => true,
  )

  const choose = useCallback((next: DiffLayout) => {
    setChosen(next)
    document.cookie = `deltaseal-diff=${next}; path=/; max-age=31536000; samesite=lax`
  }, [])

  return { chosen, layout: isRoomy ? chosen : "unified", choose }
}

function onRoomChange(listener: () => void): () => void {
  const query = matchMedia(roomy)
  query.addEventListener("change", listener)
  return () => query.removeEventListener("change", listener)
}
