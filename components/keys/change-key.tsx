"use client"

import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { patchJson } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"
import type { KeyView } from "@/lib/keys/key.schema"
import { splitAddresses } from "./key-words"

/** Changes what of a key can be changed: its name, and where it may be used from. */
export function ChangeKey({ keyView }: Readonly<{ keyView: KeyView }>) {
  const { tenantId, keyId, name, addresses } = keyView
  const refresh = useRefresh()
  const [isOpen, setOpen] = useState(false)

  return (
    <>
      <Button look="plain" onClick={() => setOpen(true)} aria-haspopup="dialog">
        Change
      </Button>
      <Dialog title="Change this key" isOpen={isOpen} onClose={() => setOpen(false)}>
        <Form
          words="Save"
          busyWords="Saving…"
          onCancel={() => setOpen(false)}
          send={(fields) =>
            patchJson(`/api/v1/tenants/${tenantId}/keys/${keyId}`, {
              name: fields.text("name"),
              addresses: splitAddresses(fields.text("addresses")),
            })
          }
          onDone={async () => {
            setOpen(false)
            say("The key is changed.")
            await refresh()
          }}
        >
          <TextField label="Name" name="name" defaultValue={name} maxLength={200} autoComplete="off" />
          <TextField
            label="Addresses"
            name="addresses"
            defaultValue={addresses.join(" ")}
            hint="Networks or addresses with spaces between them. Empty means anywhere. From elsewhere the key stops at once."
            isOptional
            autoComplete="off"
          />
        </Form>
      </Dialog>
    </>
  )
}
