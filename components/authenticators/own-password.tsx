import { TextField } from "@/components/ui/field"

/** The password of who is signed in, asked for again: a session alone is not enough for what outlives it. */
export function OwnPassword({ email }: Readonly<{ email: string }>) {
  return (
    <>
      {/* A password manager has to know whose password this is. */}
      <input type="text" name="username" value={email} readOnly autoComplete="username" hidden />
      <TextField label="Your password" name="password" type="password" autoComplete="current-password" />
    </>
  )
}
