"use client"

import { useEffect, useState, type ReactNode } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { postJson } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"
import type { StopScope } from "@/lib/stops/stop"
import type { KillPreview } from "@/lib/stops/stop.schema"
import { previewWords } from "./stop-words"

type Props = Readonly<{
  scope: StopScope
  /** What is stopped, as the kill switch names it. */
  id: string
  /** What the button says happens: `Stop tool`. */
  words: string
  /** The question: `Stop this run?` */
  title: string
  said: string
  /** What a person has to type first, for what many would feel. */
  typed?: string
  /** What stopping means here, and whether it can be lifted. */
  children: ReactNode
}>

/** A kill switch: it says what will stop, asks why, and stops it. */
export function StopButton({ words, title, children, ...stop }: Props) {
  const [isOpen, setOpen] = useState(false)
  const close = () => setOpen(false)

  return (
    <>
      <Button look="plain" onClick={() => setOpen(true)} aria-haspopup="dialog">
        {words}
      </Button>
      <Dialog title={title} isOpen={isOpen} onClose={close}>
        <div className="flex flex-col gap-2 text-muted">
          {children}
          <WhatStops scope={stop.scope} id={stop.id} />
        </div>
        <StopForm {...stop} words={words} close={close} />
      </Dialog>
    </>
  )
}

type FormProps = Omit<Props, "title" | "children"> & Readonly<{ close: () => void }>

function StopForm({ scope, id, words, said, typed, close }: FormProps) {
  const refresh = useRefresh()

  return (
    <Form
      words={words}
      busyWords="Stopping…"
      onCancel={close}
      send={(fields) => postJson("/api/v1/kill", { scope, ids: [id], reason: fields.text("reason") })}
      onDone={async () => {
        close()
        say(said)
        await refresh()
      }}
    >
      <TextField
        label="Why"
        name="reason"
        maxLength={500}
        autoComplete="off"
        autoFocus
        hint={
          scope === "run" || scope === "key"
            ? "It is kept in the log."
            : "It is kept in the log, and shown for as long as the stop is in force."
        }
      />
      {typed !== undefined && (
        <TextField
          label={`Type ${typed} to go on`}
          name="typed"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          pattern={`\\s*${typed.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}\\s*`}
          title={`Type exactly: ${typed}`}
        />
      )}
    </Form>
  )
}

/** What would end now, asked when the dialog opens. */
function WhatStops({ scope, id }: Readonly<{ scope: StopScope; id: string }>) {
  const [sentences, setSentences] = useState<readonly string[] | null>(null)
  useEffect(() => {
    const aborting = new AbortController()
    void fetchPreview(scope, id, aborting.signal).then((said) => {
      if (!aborting.signal.aborted) setSentences(said)
    })
    return () => aborting.abort()
  }, [scope, id])

  return (
    <div role="status" className="flex min-h-14 flex-col gap-2">
      {sentences === null ? (
        <p>Looking at what would stop…</p>
      ) : (
        sentences.map((sentence) => <p key={sentence}>{sentence}</p>)
      )}
    </div>
  )
}

async function fetchPreview(scope: StopScope, id: string, signal: AbortSignal): Promise<readonly string[]> {
  const query = new URLSearchParams({ scope, ids: id })
  try {
    const response = await fetch(`/api/v1/kill/preview?${query}`, { cache: "no-store", signal })
    if (response.ok) return previewWords((await response.json()) as KillPreview)
  } catch {
    // Stopping must not wait for knowing.
  }
  return ["What would stop cannot be counted right now. Stopping works all the same."]
}
