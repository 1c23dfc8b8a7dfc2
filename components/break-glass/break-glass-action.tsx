"use client"

import { useState } from "react"
import { useReview } from "@/components/diffs/review"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { Dialog } from "@/components/ui/dialog"
import { Form } from "@/components/ui/form"
import { LongTextField } from "@/components/ui/long-text-field"
import { say } from "@/components/ui/said-line"
import { postBreakGlass, type Broken } from "./post-break-glass"

type Props = Readonly<{ subject: Broken; step: "begin" | "confirm" }>

/** Begins to break the glass, or confirms that: it says what will happen, asks why, and does it. */
export function BreakGlassAction({ subject, step }: Props) {
  const [isOpen, setOpen] = useState(false)
  const refresh = useRefresh()
  const close = () => setOpen(false)
  const { opens, title, button, busy, said } = words[step]
  const { isAllSeen } = useReview()

  return (
    <>
      <Button look="plain" aria-haspopup="dialog" disabled={!isAllSeen} onClick={() => setOpen(true)}>
        {opens}
      </Button>
      {!isAllSeen && <span className="self-center text-xs">once all of it was on your screen</span>}
      <Dialog title={title} isOpen={isOpen} onClose={close}>
        <div className="flex flex-col gap-2 text-muted">
          {step === "begin" ? <WhatBegins /> : <WhatIsConfirmed />}
          {subject.needsStepUp && <p>Your browser asks for your security key next.</p>}
        </div>
        <Form
          words={button}
          busyWords={busy}
          onCancel={close}
          send={(fields) => postBreakGlass(step, subject, fields.text("reason"))}
          onDone={async () => {
            close()
            await refresh()
            say(said)
          }}
        >
          <LongTextField
            label="Why can this not wait?"
            name="reason"
            hint="At least 20 characters. Everybody in this client reads it, and the agent does."
            minLength={20}
            maxLength={2000}
          />
        </Form>
      </Dialog>
    </>
  )
}

const words = {
  begin: {
    opens: "Break glass…",
    title: "Break the glass of this approval?",
    button: "Begin",
    busy: "Beginning…",
    said: "Begun. A second administrator has 15 minutes to confirm.",
  },
  confirm: {
    opens: "Confirm break-glass…",
    title: "Approve this without a quorum?",
    button: "Approve by break-glass",
    busy: "Approving…",
    said: "Approved by break-glass. Everybody is told.",
  },
} as const

function WhatBegins() {
  return (
    <>
      <p>
        For when this cannot wait for those who have to decide it. Nothing is approved yet: another owner or
        administrator has to confirm within 15 minutes, with a reason of their own. Then it is approved,
        whoever else had to agree.
      </p>
      <p>
        Everybody in this client is told who did it and why, and it stands in the log for good. Whoever asked
        for the change can take no part in it.
      </p>
    </>
  )
}

function WhatIsConfirmed() {
  return (
    <>
      <p>
        With your word this change is approved at once and can be carried out, whoever else had to agree. Read
        it first, and speak to the one who began: you answer for it together.
      </p>
      <p>Everybody in this client is told of you both and reads both reasons.</p>
    </>
  )
}
