"use client"

import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { postJson, type ApiAnswer } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import type { FormFields } from "@/components/ui/form-fields"
import { say } from "@/components/ui/said-line"
import {
  askAuthenticator,
  askNewAuthenticator,
  type CreationOptions,
  type RequestOptions,
} from "./ask-authenticator"
import { OwnPassword } from "./own-password"

type Props = Readonly<{ email: string; isFirst: boolean }>

/** Adds an authenticator: the password, then one that is there already, then the new one. */
export function EnrolAuthenticator({ email, isFirst }: Props) {
  const [isOpen, setOpen] = useState(false)
  const refresh = useRefresh()
  const close = () => setOpen(false)

  return (
    <>
      <Button look={isFirst ? "primary" : "plain"} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Add an authenticator
      </Button>
      <Dialog title="Add an authenticator" isOpen={isOpen} onClose={close}>
        <Form
          words="Add authenticator"
          busyWords="Follow your browser…"
          onCancel={close}
          send={enrol}
          onDone={async () => {
            close()
            await refresh()
            say("The authenticator is enrolled.")
          }}
        >
          <p className="text-muted">
            {isFirst
              ? "A security key, a phone, or this machine’s fingerprint reader. Your browser asks for it next."
              : "Your browser asks twice: first for an authenticator that you have here already, then for the new one."}
          </p>
          <TextField
            label="Name"
            name="name"
            hint="By which you tell it from others: where it is, or what it looks like."
            maxLength={120}
            autoComplete="off"
          />
          <OwnPassword email={email} />
        </Form>
      </Dialog>
    </>
  )
}

const path = "/api/v1/session/authenticators"

async function enrol(fields: FormFields): Promise<ApiAnswer> {
  const begun = await postJson(`${path}/options`, { password: fields.exact("password") })
  if (!begun.ok) return begun
  const { enrolmentId, options, proof } = begun.value as Begun
  const proven = proof === null ? null : await askAuthenticator(proof)
  if (proven !== null && !proven.ok) return proven
  const made = await askNewAuthenticator(options)
  if (!made.ok) return made

  return postJson(path, {
    enrolmentId,
    name: fields.text("name"),
    registration: made.value,
    ...(proven === null ? {} : { proof: proven.value }),
  })
}

type Begun = Readonly<{ enrolmentId: string; options: CreationOptions; proof: RequestOptions | null }>
