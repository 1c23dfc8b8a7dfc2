"use client"

import { useRef, type ReactNode, type RefObject } from "react"
import { useShortcuts } from "./use-shortcuts"

/** Lets J and K, or the arrows, walk through the links marked `data-row`; the selection is the focus. */
export function useRowKeys(list: RefObject<HTMLElement | null>): void {
  const move = (step: 1 | -1) => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>("a[data-row]") ?? [])]
    const at = rows.indexOf(document.activeElement as HTMLElement)
    const next = at === -1 ? rows[0] : rows[at + step]
    next?.focus()
  }

  useShortcuts({ j: () => move(1), k: () => move(-1), arrowdown: () => move(1), arrowup: () => move(-1) })
}

/** A list whose rows the keyboard walks through. */
export function RowKeys({ children }: Readonly<{ children: ReactNode }>) {
  const list = useRef<HTMLDivElement>(null)
  useRowKeys(list)

  return <div ref={list}>{children}</div>
}

/** What `ShortcutHelp` says of such a list. */
export const rowKeys = [
  { key: "J", does: "down" },
  { key: "K", does: "up" },
  { key: "Enter", does: "open the selected row" },
  { key: "?", does: "this list" },
] as const
