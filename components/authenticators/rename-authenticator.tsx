"use client"

import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { patchJson } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"
import type { AuthenticatorView } from "@/lib/authenticators/authenticator.schema"

/** Another name for an authenticator, by which its owner tells it from the others. */
export function RenameAuthenticator({ authenticator }: Readonly<{ authenticator: AuthenticatorView }>) {
  const { authenticatorId, name } = authenticator
  const [isOpen, setOpen] = useState(false)
  const refresh = useRefresh()
  const close = () => setOpen(false)

  return (
    <>
      <Button look="quiet" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Rename
      </Button>
      <Dialog title="Rename this authenticator" isOpen={isOpen} onClose={close}>
        <Form
          words="Rename"
          busyWords="Renaming…"
          onCancel={close}
          send={(fields) =>
            patchJson(`/api/v1/session/authenticators/${authenticatorId}`, { name: fields.text("name") })
          }
          onDone={async () => {
            close()
            await refresh()
            say("The authenticator has another name.")
          }}
        >
          <TextField label="Name" name="name" defaultValue={name} maxLength={120} autoComplete="off" />
        </Form>
      </Dialog>
    </>
  )
}
