"use client"

import { useRef } from "react"
import { postAsGuest } from "@/components/ui/call-api"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { NewPasswordField } from "./password-field"
import { signInAfter } from "./sign-in-after"

type Props = Readonly<{ token: string; email: string }>

/** Another password for somebody who lost theirs. */
export function ResetForm({ token, email }: Props) {
  const password = useRef("")

  return (
    <Form
      words="Set the password and sign in"
      busyWords="Setting…"
      send={(fields) => {
        password.current = fields.exact("password")
        return postAsGuest("/api/v1/password-resets/use", { token, password: password.current })
      }}
      onDone={() => signInAfter(email, password.current, "/inbox")}
    >
      <TextField label="E-mail" name="shown-email" value={email} readOnly autoComplete="username" />
      <NewPasswordField label="New password" name="password" />
    </Form>
  )
}
