"use client"

import { useState, type ReactNode } from "react"
import { Button } from "@/components/ui/button"
import type { ApiAnswer } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { Visible } from "@/components/ui/visible"
import type { RolloutResult } from "@/lib/policies/rollout.schema"
import type { Choice } from "./choice"
import { clientWords, courseSentences } from "./choice-words"

type Props = Readonly<{
  chosen: readonly Choice[]
  /** What is done, as `to 3 clients` follows: `Roll out to`. */
  verb: string
  busyVerb: string
  /** What else one has to know before. */
  children: ReactNode
  send: (note: string) => Promise<ApiAnswer>
  onDone: (result: RolloutResult) => void | Promise<void>
}>

/** Says what will happen in each of the clients chosen, and does it when it is confirmed. */
export function ApplyToChosen({ chosen, verb, busyVerb, children, send, onDone }: Props) {
  const [isOpen, setOpen] = useState(false)
  const clients = clientWords(chosen.length)

  return (
    <>
      <Button
        look="primary"
        size="large"
        aria-haspopup="dialog"
        disabled={chosen.length === 0}
        onClick={() => setOpen(true)}
      >
        {chosen.length === 0 ? `${verb}…` : `${verb} ${clients}…`}
      </Button>
      <Dialog title={`${verb} ${clients}?`} isOpen={isOpen} onClose={() => setOpen(false)} size="wide">
        <ul className="flex list-disc flex-col gap-1 pl-4">
          {courseSentences(chosen).map((sentence) => (
            <li key={sentence}>
              <Visible text={sentence} />
            </li>
          ))}
        </ul>
        <div className="text-muted">{children}</div>
        <Form
          words={`${verb} ${clients}`}
          busyWords={`${busyVerb} ${clients}…`}
          onCancel={() => setOpen(false)}
          send={(fields) => send(fields.text("note"))}
          onDone={async (value) => {
            setOpen(false)
            await onDone(value as RolloutResult)
          }}
        >
          <TextField
            label="Why"
            name="note"
            hint="It stands in the history of each client beside your name."
            isOptional
            maxLength={500}
            autoComplete="off"
          />
        </Form>
      </Dialog>
    </>
  )
}
