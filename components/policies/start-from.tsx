"use client"

import { useRef, useState } from "react"
import { Button } from "@/components/ui/button"
import { policyExamples } from "./examples"

type Props = Readonly<{
  /** What there is already: `What is in force`; null where there is nothing. */
  current: Readonly<{ words: string; text: string }> | null
  /** Whether nothing was ever published: then the examples are what one begins with. */
  isFirst: boolean
  onStart: (text: string) => void
}>

/** Longer files are no policies; the server would refuse them. */
const fileBytesMax = 256 * 1_024

/** What a draft can begin with: an example, the version in force, or a file. */
export function StartFrom({ current, isFirst, onStart }: Props) {
  const file = useRef<HTMLInputElement>(null)
  const [wrong, setWrong] = useState<string | null>(null)
  const open = async (chosen: File | undefined) => {
    if (chosen === undefined) return
    const isTooLong = chosen.size > fileBytesMax
    setWrong(isTooLong ? "This file is longer than a policy can be, 256 KiB. Nothing was changed." : null)
    if (!isTooLong) onStart((await chosen.text()).replaceAll("\r\n", "\n"))
    if (file.current !== null) file.current.value = ""
  }

  return (
    <details open={isFirst} className="group text-sm">
      <summary className="font-medium">Start from an example or a file</summary>
      <ul className="mt-2 grid gap-2 sm:grid-cols-2">
        {policyExamples.map(({ name, says, text }) => (
          <li key={name}>
            <button
              type="button"
              onClick={() => onStart(text)}
              className="flex h-full w-full flex-col rounded-md border border-line bg-raised px-3 py-2 text-left hover:bg-hover"
            >
              <span className="font-medium">{name}</span>
              <span className="text-muted">{says}</span>
            </button>
          </li>
        ))}
      </ul>
      <div className="mt-2 flex flex-wrap gap-2">
        {current !== null && (
          <Button look="plain" onClick={() => onStart(current.text)}>
            {current.words}
          </Button>
        )}
        <Button look="plain" onClick={() => file.current?.click()}>
          Open a file…
        </Button>
        <input
          ref={file}
          type="file"
          accept=".yaml,.yml,.txt"
          aria-label="A policy file"
          tabIndex={-1}
          onChange={(event) => void open(event.target.files?.[0])}
          className="sr-only"
        />
      </div>
      {wrong !== null && (
        <p role="alert" className="mt-2 font-medium text-look-ink">
          {wrong}
        </p>
      )}
    </details>
  )
}
