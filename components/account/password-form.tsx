"use client"

import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { NewPasswordField } from "@/components/setup/password-field"
import { putJson } from "@/components/ui/call-api"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"

/** One's own password; the form is empty again afterwards. */
export function PasswordForm({ email }: Readonly<{ email: string }>) {
  const [round, setRound] = useState(0)
  const refresh = useRefresh()

  return (
    <div className="max-w-100">
      <Form
        key={round}
        words="Change the password"
        busyWords="Changing…"
        send={(fields) =>
          putJson("/api/v1/session/password", {
            current: fields.exact("current"),
            next: fields.exact("next"),
          })
        }
        onDone={async () => {
          await refresh()
          setRound(round + 1)
          say("The password is changed; your other sessions have ended.")
        }}
      >
        {/* A password manager has to know whose password this is. */}
        <input type="text" name="username" value={email} readOnly autoComplete="username" hidden />
        <TextField label="Current password" name="current" type="password" autoComplete="current-password" />
        <NewPasswordField label="New password" name="next" />
      </Form>
    </div>
  )
}
