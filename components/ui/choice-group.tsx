"use client"

import { useId, type ReactNode } from "react"
import { FieldNotes } from "./field"
import { useWrong } from "./form"

export type Choice = Readonly<{
  value: string
  words: string
  hint?: string
  /** Something before the words, such as a tier's mark. */
  mark?: ReactNode
  isDisabled?: boolean
}>

type Props = Readonly<{
  legend: string
  /** The name in the form; its place in the body follows from it. */
  name: string
  choices: readonly Choice[]
  hint?: string
}>

/** Any of several. */
export function CheckboxGroup({ chosen = [], ...props }: Props & Readonly<{ chosen?: readonly string[] }>) {
  return (
    <Group {...props}>
      {(choice, aria) => (
        <input
          {...aria}
          type="checkbox"
          name={props.name}
          value={choice.value}
          defaultChecked={chosen.includes(choice.value)}
          disabled={choice.isDisabled}
          className={boxLook}
        />
      )}
    </Group>
  )
}

/** Exactly one of a few, each of which can say what it means. */
export function RadioGroup({
  chosen,
  onChoose,
  ...props
}: Props & Readonly<{ chosen?: string; onChoose?: (value: string) => void }>) {
  return (
    <Group {...props}>
      {(choice, aria) => (
        <input
          {...aria}
          type="radio"
          required
          name={props.name}
          value={choice.value}
          defaultChecked={choice.value === chosen}
          disabled={choice.isDisabled}
          onChange={() => onChoose?.(choice.value)}
          className={boxLook}
        />
      )}
    </Group>
  )
}

const boxLook = "mt-0.5 size-4 shrink-0 accent-accent pointer-coarse:size-5"

type Aria = Readonly<{ "aria-describedby"?: string; "aria-invalid"?: true }>

type GroupProps = Props & Readonly<{ children: (choice: Choice, aria: Aria) => ReactNode }>

function Group({ legend, name, choices, hint, children }: GroupProps) {
  const id = useId()
  const wrong = useWrong(name)
  const described = [hint !== undefined && `${id}-hint`, wrong !== null && `${id}-wrong`].filter(Boolean)

  return (
    <fieldset
      className="flex min-w-0 flex-col gap-1"
      aria-describedby={described.length === 0 ? undefined : described.join(" ")}
    >
      <legend className="mb-1 text-sm font-medium">{legend}</legend>
      <div className="flex flex-col gap-2">
        {choices.map((choice, index) => (
          <label
            key={choice.value}
            className="flex items-start gap-2 text-sm has-disabled:cursor-not-allowed has-disabled:text-faint pointer-coarse:py-1"
          >
            {children(choice, ariaOf(`${id}-${index}`, choice, wrong))}
            <span className="flex min-w-0 flex-wrap items-center gap-x-2">
              {choice.mark}
              {choice.words}
              {choice.hint !== undefined && (
                <span id={`${id}-${index}`} className="w-full text-xs text-muted">
                  {choice.hint}
                </span>
              )}
            </span>
          </label>
        ))}
      </div>
      <FieldNotes id={id} hint={hint} wrong={wrong} />
    </fieldset>
  )
}

function ariaOf(hintId: string, { hint }: Choice, wrong: string | null): Aria {
  return {
    ...(hint === undefined ? {} : { "aria-describedby": hintId }),
    ...(wrong === null ? {} : { "aria-invalid": true }),
  }
}
