"use client"

import { useState } from "react"
import type { Choice } from "./choice"

/** Which clients of a list are chosen, and which are shown. */
export function useChosen(choices: readonly Choice[]) {
  const [chosenIds, setChosenIds] = useState<ReadonlySet<string>>(new Set())
  const [search, setSearch] = useState("")
  const sought = search.trim().toLowerCase()
  const shown = choices.filter(({ name }) => name.toLowerCase().includes(sought))
  const open = shown.filter(({ course }) => course !== "none")
  const openIds = open.map(({ tenantId }) => tenantId)
  const areAll = open.length > 0 && openIds.every((tenantId) => chosenIds.has(tenantId))

  return {
    search,
    setSearch,
    shown,
    /** How many of those shown can be chosen. */
    openCount: open.length,
    areAll,
    chosen: choices.filter(({ tenantId, course }) => course !== "none" && chosenIds.has(tenantId)),
    has: (tenantId: string) => chosenIds.has(tenantId),
    toggle: (tenantId: string) => setChosenIds((before) => new Set(without(before, tenantId))),
    toggleAll: () =>
      setChosenIds(
        (before) =>
          new Set(areAll ? [...before].filter((id) => !openIds.includes(id)) : [...before, ...openIds]),
      ),
  }
}

export type Chosen = ReturnType<typeof useChosen>

function without(before: ReadonlySet<string>, tenantId: string): readonly string[] {
  return before.has(tenantId) ? [...before].filter((id) => id !== tenantId) : [...before, tenantId]
}
