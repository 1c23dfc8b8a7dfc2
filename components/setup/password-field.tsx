"use client"

import { TextField } from "@/components/ui/field"

type Props = Readonly<{ label: string; name: string }>

/** A password that somebody chooses: long, and with no other rule. */
export function NewPasswordField({ label, name }: Props) {
  return (
    <TextField
      label={label}
      name={name}
      type="password"
      autoComplete="new-password"
      minLength={12}
      hint="At least 12 characters, any of them. A sentence is fine."
    />
  )
}
