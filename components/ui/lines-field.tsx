"use client"

import { useId, type ReactNode } from "react"
import { FieldNotes } from "./field"
import { useWrong } from "./form"

type Props = Readonly<{ label: string; name: string; hint: ReactNode; lines: readonly string[] }>

/** Names, one a line. */
export function LinesField({ label, name, hint, lines }: Props) {
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
        rows={Math.min(8, Math.max(3, lines.length))}
        spellCheck={false}
        defaultValue={lines.join("\n")}
        aria-describedby={wrong === null ? `${id}-hint` : `${id}-hint ${id}-wrong`}
        aria-invalid={wrong === null ? undefined : true}
        className="w-full min-w-0 rounded-md border border-line-strong bg-raised px-3 py-2 font-mono text-sm text-ink aria-invalid:border-look-ink"
      />
      <FieldNotes id={id} wrong={wrong} hint={hint} />
    </div>
  )
}

/** What is written there, without what is empty. */
export function linesIn(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
}
