"use client"

import { useRouter } from "next/navigation"
import { useState, type ReactNode } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "./button"
import { callApi, type ApiProblem, type ApiWrite } from "./call-api"
import { Dialog } from "./dialog"
import { ProblemNotice } from "./problem-notice"
import { say } from "./said-line"
import { TypedConfirmation } from "./typed-confirmation"

type Props = Readonly<{
  /** What the button and the confirmation say happens: `Revoke key`. */
  words: string
  /** The same while it happens: `Revoking…`. */
  busyWords: string
  look?: "plain" | "quiet"
  /** The question: `Revoke this key?` */
  title: string
  request: ApiWrite
  /** Said quietly once it is done: `The key is revoked.` */
  said: string
  /** Where to go then; stays here by default. */
  nextPath?: string
  /** What a person has to type first, for what many would regret. */
  typed?: string
  /** What will happen, in full. */
  children: ReactNode
}>

/** A button for what cannot be undone: it says what will happen, and asks. */
export function ConfirmAction({ words, busyWords, look = "plain", title, children, ...doing }: Props) {
  const [isOpen, setOpen] = useState(false)
  const { run, isBusy, problem } = useDoing(doing, () => setOpen(false))
  const [isTyped, setTyped] = useState(doing.typed === undefined)
  const close = () => {
    setOpen(false)
    setTyped(doing.typed === undefined)
  }

  return (
    <>
      <Button look={look} onClick={() => setOpen(true)} aria-haspopup="dialog">
        {words}
      </Button>
      <Dialog title={title} isOpen={isOpen} onClose={close}>
        <div className="flex flex-col gap-2 text-muted">{children}</div>
        {doing.typed !== undefined && <TypedConfirmation text={doing.typed} onTyped={setTyped} />}
        {problem !== null && <ProblemNotice problem={problem} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="plain" size="large" disabled={isBusy} onClick={close}>
            Cancel
          </Button>
          <Button look="primary" size="large" disabled={isBusy || !isTyped} onClick={() => void run()}>
            {isBusy ? busyWords : words}
          </Button>
        </div>
      </Dialog>
    </>
  )
}

type Doing = Readonly<Pick<Props, "request" | "said" | "nextPath">>

function useDoing({ request, said, nextPath }: Doing, close: () => void) {
  const router = useRouter()
  const refresh = useRefresh()
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)

  const run = async () => {
    setBusy(true)
    setProblem(null)
    const answer = await callApi(request)
    setBusy(false)
    if (!answer.ok) {
      setProblem(answer.problem)
      return
    }
    close()
    say(said)
    if (nextPath === undefined) await refresh()
    else router.push(nextPath)
  }

  return { run, isBusy, problem }
}
