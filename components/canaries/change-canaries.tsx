"use client"

import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { putJson } from "@/components/ui/call-api"
import { RadioGroup } from "@/components/ui/choice-group"
import { Dialog } from "@/components/ui/dialog"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"
import { periodWords } from "./canary-words"

type Props = Readonly<{ tenantId: string; periodDays: number | null }>

const off = "off"

/** Switches test changes on in a client, off, or to another rhythm. */
export function ChangeCanaries({ tenantId, periodDays }: Props) {
  const [isOpen, setOpen] = useState(false)
  const refresh = useRefresh()
  const close = () => setOpen(false)

  return (
    <>
      <Button look="plain" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {periodDays === null ? "Switch on" : "Change"}
      </Button>
      <Dialog title="Test changes" isOpen={isOpen} onClose={close}>
        <Form
          words="Save"
          busyWords="Saving…"
          onCancel={close}
          send={(fields) => {
            const chosen = fields.text("periodDays")
            return putJson(`/api/v1/tenants/${tenantId}/canaries`, {
              periodDays: chosen === off ? null : Number(chosen),
            })
          }}
          onDone={async (value) => {
            await refresh()
            close()
            const { periodDays: days } = value as { periodDays: number | null }
            say(days === null ? "Test changes are off." : `Test changes come ${periodWords(days)}.`)
          }}
        >
          <p className="text-sm text-muted">
            A change that was approved lately comes again with one thing wrong, among what waits. Nobody is
            told when, nor which it is, before it is decided. It cannot run, whoever approves it.
          </p>
          <RadioGroup
            legend="How often?"
            name="periodDays"
            chosen={String(periodDays ?? 14)}
            choices={[
              ...[7, 14, 30].map((days) => ({ value: String(days), words: sentence(periodWords(days)) })),
              { value: off, words: "Off", hint: "One that is out by now ends, and says that it was a test." },
            ]}
          />
        </Form>
      </Dialog>
    </>
  )
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}
