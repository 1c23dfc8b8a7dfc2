"use client"

import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { postJson, type ApiAnswer } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { SelectField, TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import type { FormFields } from "@/components/ui/form-fields"
import { say } from "@/components/ui/said-line"
import type { PossibleStandIn } from "@/lib/stand-ins/stand-in.schema"

type Props = Readonly<{ possible: readonly PossibleStandIn[]; agencies: Readonly<Record<string, string>> }>

/** Says who decides in one's place while one is away. */
export function NameStandIn({ possible, agencies }: Props) {
  const [isOpen, setOpen] = useState(false)
  const refresh = useRefresh()
  const close = () => setOpen(false)
  const isOne = new Set(possible.map(({ agencyId }) => agencyId)).size === 1

  return (
    <>
      <Button look="plain" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Name a stand-in
      </Button>
      <Dialog title="Who decides while you are away?" isOpen={isOpen} onClose={close}>
        <Form
          words="Name stand-in"
          busyWords="Naming…"
          onCancel={close}
          send={(fields) => name(possible, fields)}
          onDone={async () => {
            close()
            await refresh()
            say("Your stand-in is named.")
          }}
        >
          <p className="text-muted">
            They decide what you could, in your name, and you count as one. You can still decide yourself.
            Nothing else of your role goes to them, and they cannot pass it on.
          </p>
          <SelectField
            label="Who stands in"
            name="personId"
            placeholder="Choose a person"
            hint="Those who already read every client in which you decide."
            options={possible.map(({ personId, agencyId, name: called, email }) => ({
              value: `${agencyId} ${personId}`,
              words: [called, email, isOne ? null : agencies[agencyId]].filter(Boolean).join(", "),
            }))}
          />
          <TextField
            label="From"
            name="startsAt"
            type="date"
            isOptional
            hint="Now, where you leave it empty."
          />
          <TextField label="Until the end of" name="endsAt" type="date" hint="60 days at the most." />
        </Form>
      </Dialog>
    </>
  )
}

function name(possible: readonly PossibleStandIn[], fields: FormFields): Promise<ApiAnswer> {
  const chosen = possible.find(
    ({ agencyId, personId }) => `${agencyId} ${personId}` === fields.text("personId"),
  )
  const startsAt = fields.optional("startsAt")

  return postJson("/api/v1/account/stand-ins", {
    agencyId: chosen?.agencyId,
    personId: chosen?.personId,
    ...(startsAt === null ? {} : { startsAt: new Date(`${startsAt}T00:00:00`).toISOString() }),
    endsAt: new Date(`${fields.text("endsAt")}T23:59:59`).toISOString(),
  })
}
