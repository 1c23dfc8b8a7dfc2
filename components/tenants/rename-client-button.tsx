"use client"

import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { patchJson } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"

type Props = Readonly<{ tenantId: string; name: string }>

/** Gives a client another name; its id stays. */
export function RenameClientButton({ tenantId, name }: Props) {
  const [isOpen, setOpen] = useState(false)
  const refresh = useRefresh()

  return (
    <>
      <Button look="plain" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Rename
      </Button>
      <Dialog title="Rename this client" isOpen={isOpen} onClose={() => setOpen(false)}>
        <Form
          words="Rename the client"
          busyWords="Renaming…"
          onCancel={() => setOpen(false)}
          send={(fields) => patchJson(`/api/v1/tenants/${tenantId}`, { name: fields.text("name") })}
          onDone={async () => {
            await refresh()
            setOpen(false)
            say("The client has its new name.")
          }}
        >
          <TextField
            label="Name"
            name="name"
            defaultValue={name}
            maxLength={120}
            autoComplete="off"
            autoFocus
            hint="Keys, tools and what was decided stay as they are; the id does not change."
          />
        </Form>
      </Dialog>
    </>
  )
}
