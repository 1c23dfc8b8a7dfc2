"use client"

import { useState } from "react"
import { Button } from "@/components/ui/button"
import { postJson } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { Form } from "@/components/ui/form"
import { SecretPanel } from "@/components/ui/secret-panel"

type Props = Readonly<{ membershipId: string; name: string }>

/** A way back for a member who lost their password. */
export function ResetLinkButton({ membershipId, name }: Props) {
  const [isOpen, setOpen] = useState(false)
  const [link, setLink] = useState<string | null>(null)
  const close = () => {
    setOpen(false)
    setLink(null)
  }

  return (
    <>
      <Button look="plain" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Make a reset link
      </Button>
      <Dialog
        title={link === null ? `A new password for ${name}` : "Send this link"}
        isOpen={isOpen}
        onClose={close}
        isSticky={link !== null}
      >
        {link === null ? (
          <Form
            words="Make the reset link"
            busyWords="Making…"
            onCancel={close}
            send={() => postJson(`/api/v1/members/${membershipId}/reset-link`)}
            onDone={(value) => setLink((value as { link: string }).link)}
          >
            <p className="text-muted">
              Whoever opens the link can set a new password and act as {name}. An older link stops working.
              The present password goes on working until the link is used; then {name} is signed out
              everywhere.
            </p>
          </Form>
        ) : (
          <SecretPanel
            name="reset link"
            secret={link}
            note={`It works once, for an hour. Give it to ${name} in a way that only they read, once you are sure who is asking.`}
            onDone={close}
          />
        )}
      </Dialog>
    </>
  )
}
