"use client"

import { createContext, useContext, useRef, useState, type ReactNode, type SubmitEvent } from "react"
import { Button } from "./button"
import type { ApiAnswer, ApiProblem, ApiReason } from "./call-api"
import { formFields, pointerOf, unfilled, type FormFields } from "./form-fields"
import { ProblemNotice } from "./problem-notice"

type Props = Readonly<{
  /** Sends what was filled in: `(fields) => postJson("/api/v1/tenants", { name: fields.text("name") })`. */
  send: (fields: FormFields) => Promise<ApiAnswer>
  /** What follows a success; the form stays busy until it is over. */
  onDone: (value: unknown) => void | Promise<void>
  /** What the button says happens: `Create key`, and meanwhile `Creating…`. */
  words: string
  busyWords: string
  onCancel?: () => void
  /** What the way out is called where it does not cancel: `Back`. */
  cancelWords?: string
  children: ReactNode
}>

type Wrong = ReadonlyMap<string, string>

const WrongContext = createContext<Wrong>(new Map())

/**
 * A form over the REST API. What the browser and the server object to stands
 * at the field it is about, the first of which takes the focus; the rest
 * stands above the button. What was typed stays after a refusal.
 */
export function Form({ send, onDone, words, busyWords, onCancel, cancelWords = "Cancel", children }: Props) {
  const form = useRef<HTMLFormElement>(null)
  const [isBusy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<Wrong>(new Map())
  const [refused, setRefused] = useState<Refused | null>(null)

  const object = (next: Wrong) => {
    setWrong(next)
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus())
  }
  const submit = async (element: HTMLFormElement) => {
    const missing = unfilled(element)
    setRefused(null)
    object(missing)
    if (missing.size > 0 || isBusy) return

    setBusy(true)
    const answer = await send(formFields(new FormData(element)))
    if (answer.ok) await onDone(answer.value)
    else {
      const { placed, unplaced } = place(answer.problem, element)
      setRefused({ problem: answer.problem, unplaced })
      object(placed)
    }
    setBusy(false)
  }
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    void submit(event.currentTarget)
  }

  return (
    <form ref={form} noValidate onSubmit={onSubmit} aria-busy={isBusy} className="flex flex-col gap-4">
      <WrongContext value={wrong}>{children}</WrongContext>
      {refused !== null && <ProblemNotice problem={refused.problem} reasons={refused.unplaced} />}
      <div className="flex flex-wrap items-center gap-2">
        <Button look="primary" size="large" type="submit" disabled={isBusy}>
          {isBusy ? busyWords : words}
        </Button>
        {onCancel !== undefined && (
          <Button look="quiet" size="large" disabled={isBusy} onClick={onCancel}>
            {cancelWords}
          </Button>
        )}
      </div>
    </form>
  )
}

/** What is wrong with a field, or with a member of it; null when nothing is known to be. */
export function useWrong(name: string): string | null {
  const wrong = useContext(WrongContext)
  const pointer = pointerOf(name)
  const [, words] = [...wrong].find(([path]) => path === pointer || path.startsWith(`${pointer}/`)) ?? []
  return words ?? null
}

type Refused = Readonly<{ problem: ApiProblem; unplaced: readonly ApiReason[] }>

/** The server's reasons: those about a field of this form, and the others. */
function place({ reasons = [] }: ApiProblem, form: HTMLFormElement) {
  const pointers = [...form.elements].flatMap((element) => {
    const name = element.getAttribute("name")
    return name === null ? [] : [pointerOf(name)]
  })
  const isPlaced = ({ path }: ApiReason) =>
    path !== undefined && pointers.some((pointer) => path === pointer || path.startsWith(`${pointer}/`))
  const placed = new Map(
    reasons.filter(isPlaced).map(({ path = "", message }): [string, string] => [path, message]),
  )

  return { placed, unplaced: reasons.filter((reason) => !isPlaced(reason)) }
}
