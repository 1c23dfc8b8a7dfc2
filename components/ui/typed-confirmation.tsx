"use client"

import { useId } from "react"
import { controlLook } from "./field"

type Props = Readonly<{ text: string; onTyped: (isTyped: boolean) => void }>

/** Asks for a word to be typed, so that nobody does this in passing. */
export function TypedConfirmation({ text, onTyped }: Props) {
  const id = useId()

  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        Type <span className="font-mono [overflow-wrap:anywhere]">{text}</span> to go on
      </label>
      <input
        id={id}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => onTyped(event.target.value.trim() === text)}
        className={controlLook}
      />
    </div>
  )
}
