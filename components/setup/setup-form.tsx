"use client"

import { useRef } from "react"
import { postAsGuest } from "@/components/ui/call-api"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { NewPasswordField } from "./password-field"
import { signInAfter } from "./sign-in-after"

/** The first owner, their agency and its first client. */
export function SetupForm({ token }: Readonly<{ token: string }>) {
  const chosen = useRef({ email: "", password: "" })

  return (
    <Form
      words="Set up Deltaseal"
      busyWords="Setting up…"
      send={(fields) => {
        chosen.current = { email: fields.text("email"), password: fields.exact("password") }
        return postAsGuest("/api/v1/setup", {
          token,
          agencyName: fields.text("agencyName"),
          clientName: fields.text("clientName"),
          name: fields.text("name"),
          ...chosen.current,
        })
      }}
      onDone={() => signInAfter(chosen.current.email, chosen.current.password, "/clients")}
    >
      <TextField
        label="Your agency"
        name="agencyName"
        maxLength={120}
        autoComplete="organization"
        autoFocus
      />
      <TextField
        label="Your first client"
        name="clientName"
        maxLength={120}
        autoComplete="off"
        hint="Each client has its own data, keys, tools and log. Your own business can be one."
      />
      <TextField
        label="Your name"
        name="name"
        maxLength={120}
        autoComplete="name"
        hint="Stands beside your decisions."
      />
      <TextField label="Your e-mail" name="email" type="email" autoComplete="username" spellCheck={false} />
      <NewPasswordField label="Password" name="password" />
    </Form>
  )
}
