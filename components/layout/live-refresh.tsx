"use client"

import { useEffect, useEffectEvent, useState } from "react"
import { useRefresh } from "./use-refresh"

type Props = Readonly<{
  /** Events about this approval or run refresh at once; others can wait. */
  subjectId?: string
  /** Whether the page shows what the stream does not tell of; then it asks every few seconds as well. */
  asksAnyway?: boolean
}>

const soonMs = 120
const laterMs = 1_500
const pollMs = 5_000
const quietMs = 2_500

/**
 * Keeps the page true without reloading it: listens to the server's stream and
 * asks for the page again when something changed. While the stream is down it
 * asks every five seconds and says so quietly.
 */
export function LiveRefresh({ subjectId, asksAnyway = false }: Props) {
  const refresh = useRefresh()
  const [isDown, setDown] = useState(false)
  const concerns = useEffectEvent(
    (data: string) => subjectId === undefined || data.includes(`"${subjectId}"`),
  )

  useEffect(
    () => follow({ refresh: () => void refresh(), concerns, asksAnyway, setDown }),
    [refresh, asksAnyway],
  )

  return (
    <span role="status" className="text-xs text-muted">
      {isDown && <span className="fade-in">Reconnecting…</span>}
    </span>
  )
}

type Follower = Readonly<{
  refresh: () => void
  concerns: (data: string) => boolean
  asksAnyway: boolean
  setDown: (isDown: boolean) => void
}>

function follow({ refresh, concerns, asksAnyway, setDown }: Follower): () => void {
  let source: EventSource | undefined
  let due: ReturnType<typeof setTimeout> | undefined
  let hint: ReturnType<typeof setTimeout> | undefined
  let wasDown = false

  const refreshIn = (milliseconds: number) => {
    clearTimeout(due)
    due = setTimeout(refresh, milliseconds)
  }
  const connect = () => {
    source?.close()
    source = new EventSource("/api/v1/stream")
    source.addEventListener("change", ({ data }: MessageEvent<string>) =>
      refreshIn(concerns(data) ? soonMs : laterMs),
    )
    source.addEventListener("open", () => {
      clearTimeout(hint)
      hint = undefined
      setDown(false)
      // What happened between the making of the page and the opening of the stream was told to nobody.
      refreshIn(wasDown ? 0 : laterMs)
      wasDown = false
    })
    source.addEventListener("error", () => {
      wasDown = true
      hint ??= setTimeout(() => setDown(true), quietMs)
    })
  }
  const poll = setInterval(() => {
    if (!(wasDown || asksAnyway) || document.hidden) return
    refresh()
    if (source?.readyState === EventSource.CLOSED) connect()
  }, pollMs)
  const onVisible = () => {
    if (!document.hidden) refreshIn(soonMs)
  }

  connect()
  document.addEventListener("visibilitychange", onVisible)
  return () => {
    source?.close()
    clearTimeout(due)
    clearTimeout(hint)
    clearInterval(poll)
    document.removeEventListener("visibilitychange", onVisible)
  }
}
