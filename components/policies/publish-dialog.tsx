"use client"

import { postJson } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import type { CheckedDraftView } from "@/lib/policies/policy-version.schema"
import { Difference } from "./difference"
import { effectOf, versionWords } from "./effect-words"
import { policyApiPath } from "./policy-paths"
import { Strictness } from "./strictness"

/** Exactly what is put in force, with what the server said of it. */
type Reviewed = Readonly<{ text: string; checked: CheckedDraftView }>

type Props = Readonly<{
  tenantId: string
  reviewed: Reviewed | null
  onClose: () => void
  onPublished: (value: unknown) => void
}>

/** What a draft changes of the version in force, before it is published. */
export function PublishDialog({ tenantId, reviewed, onClose, onPublished }: Props) {
  return (
    <Dialog title="What this changes" isOpen={reviewed !== null} onClose={onClose} size="page">
      {reviewed !== null && (
        <Review tenantId={tenantId} reviewed={reviewed} onClose={onClose} onPublished={onPublished} />
      )}
    </Dialog>
  )
}

function Review({ tenantId, reviewed, onClose, onPublished }: Props & Readonly<{ reviewed: Reviewed }>) {
  const { text, checked } = reviewed
  const { against, comparison } = checked
  if (comparison === null) return null

  const { diff, loosens, tightens, takesEffect } = comparison
  const words = takesEffect === "at_once" ? "Publish" : "Propose"

  return (
    <>
      <p className="text-muted">Against what holds now: {versionWords(against)}.</p>
      {diff.length === 0 ? (
        <p>Only how it is written changes, not what it says.</p>
      ) : (
        <Difference fields={diff} />
      )}
      <Strictness loosens={loosens} tightens={tightens} />
      <p>{against === 1 && takesEffect === "at_once" ? firstWords : effectOf[takesEffect]}</p>
      <Form
        words={words}
        busyWords={takesEffect === "at_once" ? "Publishing…" : "Proposing…"}
        onCancel={onClose}
        send={(fields) => {
          const note = fields.text("note")
          return postJson(policyApiPath(tenantId, "/policies"), {
            text,
            basedOn: against,
            ...(note === "" ? {} : { note }),
          })
        }}
        onDone={onPublished}
      >
        <TextField
          label="Why"
          name="note"
          hint="It stands in the history beside your name."
          isOptional
          maxLength={500}
          autoComplete="off"
        />
      </Form>
    </>
  )
}

const firstWords =
  "It is the first policy of this client, so nobody else has to approve it. It holds from the next call; what loosens it later needs a second person."
