"use client"

import { Difference } from "@/components/policies/difference"
import { Strictness } from "@/components/policies/strictness"
import { postJson } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { SelectField, TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import type { CheckedPackView } from "@/lib/policies/pack.schema"
import { packApiPath } from "./pack-paths"

type Reviewed = Readonly<{ text: string; checked: CheckedPackView }>

type Props = Readonly<{
  /** Null for a new pack. */
  packId: string | null
  agencies: readonly Readonly<{ agencyId: string; name: string }>[]
  /** Exactly what is saved; null as long as there is nothing to save. */
  reviewed: Reviewed | null
  onClose: () => void
  onSaved: (value: unknown) => void
}>

/** What a draft changes of a pack, before it is saved; a new pack gets its name here. */
export function SavePackDialog(props: Props) {
  const { packId, reviewed, onClose } = props

  return (
    <Dialog
      title={packId === null ? "Save this pack" : "What this changes"}
      isOpen={reviewed !== null}
      onClose={onClose}
      size={packId === null ? "normal" : "page"}
    >
      {reviewed !== null && <Save {...props} reviewed={reviewed} />}
    </Dialog>
  )
}

function Save({ packId, agencies, reviewed, onClose, onSaved }: Props & Readonly<{ reviewed: Reviewed }>) {
  const { text, checked } = reviewed

  return (
    <>
      <Changes checked={checked} />
      <p className="text-muted">Nothing changes for any client until you roll it out.</p>
      <Form
        words={packId === null ? "Save pack" : "Save version"}
        busyWords="Saving…"
        onCancel={onClose}
        send={(fields) => {
          const note = fields.text("note")
          const written = { text, ...(note === "" ? {} : { note }) }
          if (packId !== null) {
            return postJson(packApiPath(packId, "/versions"), { ...written, basedOn: checked.against })
          }
          const agencyId = agencies.length > 1 ? fields.text("agencyId") : agencies[0]?.agencyId
          return postJson("/api/v1/packs", { ...written, name: fields.text("name"), agencyId })
        }}
        onDone={onSaved}
      >
        {packId === null && (
          <TextField label="Name" name="name" maxLength={120} autoComplete="off" autoFocus />
        )}
        {packId === null && agencies.length > 1 && (
          <SelectField
            label="Agency"
            name="agencyId"
            placeholder="Choose an agency"
            options={agencies.map(({ agencyId, name }) => ({ value: agencyId, words: name }))}
          />
        )}
        <TextField
          label="Why"
          name="note"
          hint="It stands beside the version and your name."
          isOptional
          maxLength={500}
          autoComplete="off"
        />
      </Form>
    </>
  )
}

function Changes({ checked: { against, comparison } }: Readonly<{ checked: CheckedPackView }>) {
  if (comparison === null) return null

  return (
    <>
      <p className="text-muted">Against version {against}, the newest.</p>
      {comparison.diff.length === 0 ? (
        <p>Only how it is written changes, not what it says.</p>
      ) : (
        <Difference fields={comparison.diff} />
      )}
      <Strictness
        loosens={comparison.loosens}
        tightens={comparison.tightens}
        against={`version ${against}`}
      />
    </>
  )
}
