"use client"

import { useRouter } from "next/navigation"
import { useEffect, useEffectEvent, useRef, useTransition } from "react"

type Option = Readonly<{ value: string; words: string; href: string }>

type Props = Readonly<{ label: string; value: string; options: readonly Option[] }>

/** Which part of a list is shown, where there are too many parts for tabs. */
export function FilterSelect({ label, value, options }: Props) {
  const router = useRouter()
  const select = useRef<HTMLSelectElement>(null)
  const [isOpening, startOpening] = useTransition()
  const open = (chosen: string) => {
    const option = options.find((candidate) => candidate.value === chosen)
    if (option !== undefined && chosen !== value) startOpening(() => router.push(option.href))
  }
  // What somebody chose before the page came alive still counts.
  const catchUp = useEffectEvent(() => open(select.current?.value ?? value))
  useEffect(() => catchUp(), [])

  return (
    <select
      ref={select}
      aria-label={label}
      aria-busy={isOpening}
      value={value}
      onChange={(event) => open(event.target.value)}
      className="h-8.5 max-w-full rounded-md border border-line-strong bg-raised px-2 text-sm font-normal text-ink pointer-coarse:h-10"
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.words}
        </option>
      ))}
    </select>
  )
}
