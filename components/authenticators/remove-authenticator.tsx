"use client"

import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { callApi } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"
import { Visible } from "@/components/ui/visible"
import type { AuthenticatorView } from "@/lib/authenticators/authenticator.schema"
import { OwnPassword } from "./own-password"

type Props = Readonly<{ authenticator: AuthenticatorView; email: string }>

/** Takes an authenticator away from one's account; it takes the password. */
export function RemoveAuthenticator({ authenticator: { authenticatorId, name }, email }: Props) {
  const [isOpen, setOpen] = useState(false)
  const refresh = useRefresh()
  const close = () => setOpen(false)

  return (
    <>
      <Button look="quiet" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Remove
      </Button>
      <Dialog title="Remove this authenticator?" isOpen={isOpen} onClose={close}>
        <Form
          words="Remove authenticator"
          busyWords="Removing…"
          onCancel={close}
          send={(fields) =>
            callApi({
              method: "DELETE",
              path: `/api/v1/session/authenticators/${authenticatorId}`,
              body: { password: fields.exact("password") },
            })
          }
          onDone={async () => {
            close()
            await refresh()
            say("The authenticator is removed.")
          }}
        >
          <p className="text-muted">
            Nothing can be signed with <Visible text={name} /> here any more, from this moment. What it signed
            before stays as it is.
          </p>
          <OwnPassword email={email} />
        </Form>
      </Dialog>
    </>
  )
}
