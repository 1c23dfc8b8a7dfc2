"use client"

import { useRef } from "react"
import { postAsGuest, type ApiAnswer } from "@/components/ui/call-api"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { NewPasswordField } from "./password-field"
import { signInAfter } from "./sign-in-after"

type NewcomerProps = Readonly<{ token: string; email: string }>

/** Somebody who has no account here yet. */
export function NewcomerForm({ token, email }: NewcomerProps) {
  const password = useRef("")

  return (
    <Form
      words="Accept and sign in"
      busyWords="Accepting…"
      send={(fields) => {
        password.current = fields.exact("password")
        return accept({ token, name: fields.text("name"), password: password.current })
      }}
      onDone={() => signInAfter(email, password.current, "/inbox")}
    >
      <TextField
        label="Your name"
        name="name"
        maxLength={120}
        autoComplete="name"
        autoFocus
        hint="Stands beside your decisions."
      />
      <TextField label="E-mail" name="shown-email" value={email} readOnly autoComplete="username" />
      <NewPasswordField label="Password" name="password" />
    </Form>
  )
}

/** Somebody who is signed in as the invited person. */
export function KnownPersonForm({ token }: Readonly<{ token: string }>) {
  return (
    <Form
      words="Accept the invitation"
      busyWords="Accepting…"
      send={() => accept({ token })}
      onDone={() => location.assign("/inbox")}
    >
      <p className="text-sm text-muted">You keep your password and your other roles.</p>
    </Form>
  )
}

/** The kit's words for 401 are for who was signed in; here the server knows better what is missing. */
async function accept(body: Readonly<Record<string, string>>): Promise<ApiAnswer> {
  const answer = await postAsGuest("/api/v1/invitations/accept", body)
  if (answer.ok || answer.problem.code !== "unauthenticated") return answer

  return { ok: false, problem: { ...answer.problem, code: "sign_in_first" } }
}
