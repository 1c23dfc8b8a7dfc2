"use client"

import { useRouter } from "next/navigation"
import { useState } from "react"
import { Button } from "@/components/ui/button"
import { postJson } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { SelectField, TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"

type Props = Readonly<{
  /** Where a client can be added; one needs no choosing. */
  agencies: readonly Readonly<{ agencyId: string; name: string }>[]
}>

/** Adds a client and goes to its page. */
export function CreateClientButton({ agencies }: Props) {
  const [isOpen, setOpen] = useState(false)
  const router = useRouter()
  const close = () => setOpen(false)

  return (
    <>
      <Button look="primary" size="large" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Add a client
      </Button>
      <Dialog title="Add a client" isOpen={isOpen} onClose={close}>
        <Form
          words="Add the client"
          busyWords="Adding…"
          onCancel={close}
          send={(fields) =>
            postJson("/api/v1/tenants", {
              name: fields.text("name"),
              agencyId: agencies.length > 1 ? fields.text("agencyId") : agencies[0]?.agencyId,
            })
          }
          onDone={(value) => {
            const { tenantId, name } = value as { tenantId: string; name: string }
            say(`${name} is a client now.`)
            close()
            router.push(`/clients/${tenantId}`)
          }}
        >
          <TextField
            label="Name"
            name="name"
            maxLength={120}
            autoComplete="off"
            autoFocus
            hint="Its data, keys, tools and log are its own. Everybody with a role in the whole agency reaches into it."
          />
          {agencies.length > 1 && (
            <SelectField
              label="Agency"
              name="agencyId"
              placeholder="Choose an agency"
              options={agencies.map(({ agencyId, name }) => ({ value: agencyId, words: name }))}
            />
          )}
        </Form>
      </Dialog>
    </>
  )
}
