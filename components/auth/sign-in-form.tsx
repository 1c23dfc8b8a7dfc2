"use client"

import { useRef, useState, type SubmitEvent } from "react"
import { Button } from "@/components/ui/button"
import { postSignIn, type SignInAnswer } from "./next-auth-client"

/** E-mail and password. What was typed stays after an error. */
export function SignInForm({ returnPath }: Readonly<{ returnPath: string }>) {
  const [isSending, setSending] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const [hasCaps, setCaps] = useState(false)
  const password = useRef<HTMLInputElement>(null)

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setSending(true)
    const answer = await postSignIn(textOf(form.get("email")), textOf(form.get("password")))
    if (answer.ok) {
      // A whole new page: nothing rendered for nobody stays in the browser's memory.
      location.assign(returnPath)
      return
    }
    setSending(false)
    setError(errorWords(answer))
    password.current?.select()
  }

  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4" noValidate={false}>
      <label className="flex flex-col gap-1 text-sm font-medium">
        E-mail
        <input
          name="email"
          type="email"
          autoComplete="username"
          required
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          className={field}
        />
      </label>
      <label className="flex flex-col gap-1 text-sm font-medium">
        Password
        <input
          ref={password}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          onKeyUp={(event) => setCaps(event.getModifierState("CapsLock"))}
          className={field}
        />
        {hasCaps && <span className="text-xs font-normal text-look-ink">Caps Lock is on.</span>}
      </label>
      <div role="alert" className="empty:hidden">
        {error !== null && (
          <p className="rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink">
            {error}
          </p>
        )}
      </div>
      <Button look="primary" size="large" type="submit" disabled={isSending}>
        {isSending ? "Signing in…" : "Sign in"}
      </Button>
    </form>
  )
}

const field =
  "h-10 rounded-md border border-line-strong bg-raised px-3 text-base font-normal text-ink md:h-9 md:text-base"

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === "string" ? value : ""
}

/** What happened and what to do about it. Whether the e-mail exists is not said. */
function errorWords(answer: Exclude<SignInAnswer, { ok: true }>): string {
  if (answer.problem === "wrong") return "E-mail or password is not right. Nobody was signed in; try again."
  if (answer.problem === "throttled") {
    const minutes = Math.max(1, Math.ceil(answer.waitSeconds / 60))
    return `There were too many failed attempts. Wait ${minutes === 1 ? "a minute" : `${minutes} minutes`}, then try again.`
  }
  return "The server did not answer as it should. Nobody was signed in; try again in a moment."
}
