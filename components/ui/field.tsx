"use client"

import { useId, type ComponentProps, type ReactNode } from "react"
import { useWrong } from "./form"

type Common = Readonly<{
  label: string
  /** The name in the form, and with dots for members its place in the body: `limits.calls`. */
  name: string
  /** What one has to know to fill it in. */
  hint?: ReactNode
  isOptional?: boolean
}>

type TextProps = Common &
  Readonly<Omit<ComponentProps<"input">, "className" | "style" | "name" | "required" | "id">>

/** One line of text. */
export function TextField({ label, name, hint, isOptional = false, ...rest }: TextProps) {
  const { id, aria, wrong } = useField(name, hint !== undefined)

  return (
    <FieldFrame {...{ id, label, hint, isOptional, wrong }}>
      <input {...rest} {...aria} id={id} name={name} required={!isOptional} className={controlLook} />
    </FieldFrame>
  )
}

type SelectProps = Common &
  Readonly<Omit<ComponentProps<"select">, "className" | "style" | "name" | "required" | "id" | "children">> &
  Readonly<{
    options: readonly Readonly<{ value: string; words: string }>[]
    /** What stands there before anything is chosen; nothing is chosen by itself then. */
    placeholder?: string
  }>

/** One of several, when there are many. */
export function SelectField({
  label,
  name,
  hint,
  isOptional = false,
  options,
  placeholder,
  ...rest
}: SelectProps) {
  const { id, aria, wrong } = useField(name, hint !== undefined)

  return (
    <FieldFrame {...{ id, label, hint, isOptional, wrong }}>
      <select {...rest} {...aria} id={id} name={name} required={!isOptional} className={controlLook}>
        {placeholder !== undefined && <option value="">{placeholder}</option>}
        {options.map(({ value, words }) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </FieldFrame>
  )
}

export const controlLook =
  "h-10 w-full min-w-0 rounded-md border border-line-strong bg-raised px-3 text-base text-ink placeholder:text-faint disabled:bg-hover disabled:text-faint aria-invalid:border-look-ink md:h-9"

/** What ties a control to its hint and to what is wrong with it. */
function useField(name: string, hasHint: boolean) {
  const id = useId()
  const wrong = useWrong(name)
  const described = [hasHint && `${id}-hint`, wrong !== null && `${id}-wrong`].filter(Boolean).join(" ")

  return {
    id,
    wrong,
    aria: {
      ...(described === "" ? {} : { "aria-describedby": described }),
      ...(wrong === null ? {} : { "aria-invalid": true as const }),
    },
  }
}

type FrameProps = Readonly<{
  id: string
  label: string
  hint: ReactNode
  isOptional: boolean
  wrong: string | null
  children: ReactNode
}>

function FieldFrame({ id, label, hint, isOptional, wrong, children }: FrameProps) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
        {isOptional && <span className="font-normal text-faint"> (optional)</span>}
      </label>
      {children}
      <FieldNotes id={id} hint={hint} wrong={wrong} />
    </div>
  )
}

type NotesProps = Readonly<{ id: string; hint: ReactNode; wrong: string | null }>

/** Under a control: what is wrong with it, and what there is to know. */
export function FieldNotes({ id, hint, wrong }: NotesProps) {
  return (
    <>
      {wrong !== null && (
        <p id={`${id}-wrong`} className="text-sm font-medium text-look-ink">
          {wrong}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-xs text-muted">
          {hint}
        </p>
      )}
    </>
  )
}
