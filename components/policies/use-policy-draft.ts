"use client"

import { useCallback, useSyncExternalStore } from "react"

/** What somebody has written and not saved; `basedOn` is the version that it was begun on. */
export type PolicyDraft = Readonly<{ text: string; basedOn: number }>

type Draft = Readonly<{
  /** Null until something is written. */
  draft: PolicyDraft | null
  /** Whether it outlives this page; browsers may refuse to keep anything. */
  isKept: boolean
  write: (draft: PolicyDraft) => void
  forget: () => void
}>

/** The draft of a client's policy or of a pack, kept in this browser until it is saved or thrown away. */
export function usePolicyDraft(draftOf: string): Draft {
  const key = `deltaseal-policy:${draftOf}`
  const draft = useSyncExternalStore(
    subscribe,
    () => read(key),
    () => null,
  )
  const write = useCallback((next: PolicyDraft) => set(key, next), [key])
  const forget = useCallback(() => set(key, null), [key])

  return { draft, isKept: !unkept.has(key), write, forget }
}

const drafts = new Map<string, PolicyDraft | null>()
const unkept = new Set<string>()
const listeners = new Set<() => void>()

function read(key: string): PolicyDraft | null {
  const known = drafts.get(key)
  if (known !== undefined) return known

  const stored = inStorage(key)
  drafts.set(key, stored)
  return stored
}

function inStorage(key: string): PolicyDraft | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "null")
    return isDraft(value) ? value : null
  } catch {
    return null
  }
}

function isDraft(value: unknown): value is PolicyDraft {
  if (typeof value !== "object" || value === null) return false
  const { text, basedOn } = value as Partial<Record<string, unknown>>
  return typeof text === "string" && typeof basedOn === "number"
}

function set(key: string, draft: PolicyDraft | null): void {
  drafts.set(key, draft)
  try {
    if (draft === null) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(draft))
    unkept.delete(key)
  } catch {
    unkept.add(key)
  }
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}
