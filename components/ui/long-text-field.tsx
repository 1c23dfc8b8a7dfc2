"use client"

import { useId, type ReactNode } from "react"
import { FieldNotes } from "./field"
import { useWrong } from "./form"

type Props = Readonly<{
  label: string
  name: string
  hint: ReactNode
  minLength?: number
  maxLength?: number
}>

/** A few sentences. */
export function LongTextField({ label, name, hint, minLength, maxLength }: Props) {
  const id = useId()
  const wrong = useWrong(name)

  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <textarea
        id={id}
        name={name}
        rows={3}
        required
        minLength={minLength}
        maxLength={maxLength}
        aria-describedby={wrong === null ? `${id}-hint` : `${id}-hint ${id}-wrong`}
        aria-invalid={wrong === null ? undefined : true}
        className="max-h-48 min-h-20 w-full min-w-0 resize-y rounded-md border border-line-strong bg-raised px-3 py-2 text-base text-ink aria-invalid:border-look-ink"
      />
      <FieldNotes id={id} wrong={wrong} hint={hint} />
    </div>
  )
}
