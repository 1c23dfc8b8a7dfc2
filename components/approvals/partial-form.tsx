"use client"

import { useRouter } from "next/navigation"
import { useRef, useState } from "react"
import { Form } from "@/components/ui/form"
import { LineCounts } from "@/components/ui/line-counts"
import { say } from "@/components/ui/said-line"
import { Visible } from "@/components/ui/visible"
import type { ApiProblem } from "@/components/ui/call-api"
import { approveParts, previewParts, type PartialSubject, type SeenPreview } from "./post-partial"
import { problemWords } from "./problem-words"

/** A part as it can be chosen: only what was on screen can. */
export type ChoosablePart = Readonly<{
  position: number
  op: string
  path: string
  workspace: string
  added: number
  removed: number
  isSeen: boolean
}>

type Props = Readonly<{
  subject: PartialSubject
  parts: readonly ChoosablePart[]
  onClose: () => void
}>

/** Which parts, what they are alone, and why not the others. */
export function PartialForm({ subject, parts, onClose }: Props) {
  const router = useRouter()
  const [chosen, setChosen] = useState<readonly number[]>([])
  const [preview, setPreview] = useState<SeenPreview | null>(null)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const latest = useRef(0)
  const isSome = chosen.length > 0 && chosen.length < parts.length

  const toggle = async (position: number) => {
    const next = parts
      .map((part) => part.position)
      .filter((one) => (one === position ? !chosen.includes(one) : chosen.includes(one)))
    const turn = (latest.current += 1)
    setChosen(next)
    setPreview(null)
    setProblem(null)
    if (next.length === 0 || next.length === parts.length) return
    const answer = await previewParts(subject, next)
    // Only the last choice is shown, whichever answer came last.
    if (turn !== latest.current) return
    if (answer.ok) setPreview(answer.preview)
    else setProblem(answer.problem)
  }

  return (
    <Form
      words={`Approve ${chosen.length} of ${parts.length} parts`}
      busyWords="Approving…"
      onCancel={onClose}
      send={(fields) => approveParts(subject, { parts: chosen, preview, reason: fields.text("reason") })}
      onDone={(value) => {
        const { approvalId, status } = value as { approvalId: string; status: string }
        say(
          status === "approved"
            ? "These parts are approved."
            : "Your vote counts; others have to approve too.",
        )
        router.push(`/approvals/${approvalId}`)
      }}
    >
      <fieldset className="flex min-w-0 flex-col gap-2">
        <legend className="mb-1 text-sm font-medium">What may be done</legend>
        {parts.map((part) => (
          <Choice
            key={part.position}
            part={part}
            isChosen={chosen.includes(part.position)}
            onToggle={() => void toggle(part.position)}
          />
        ))}
      </fieldset>
      <div role="status" className="flex min-h-16 flex-col gap-1 border-l-2 border-line-strong pl-3 text-sm">
        {problem !== null && <p className="text-look-ink">{problemWords(problem)}</p>}
        {problem === null &&
          (preview === null || !isSome ? (
            <p className="text-muted">{hint(chosen.length, parts.length)}</p>
          ) : (
            <Preview preview={preview} />
          ))}
      </div>
      <label className="flex flex-col gap-1 text-sm">
        <span className="font-medium">Why not the others?</span>
        <textarea name="reason" required rows={3} maxLength={2000} className={boxLook} />
        <span className="text-xs text-muted">
          The agent reads this. What you leave out is denied; it may ask for something else.
        </span>
      </label>
    </Form>
  )
}

const boxLook =
  "max-h-48 min-h-16 resize-y rounded-md border border-line-strong bg-raised px-3 py-2 text-base"

function hint(chosen: number, parts: number): string {
  if (chosen === parts) return "That is all of it: close this and approve the change."
  return chosen === 0
    ? "Choose at least one part, and leave at least one out."
    : "Looking at what these parts are alone…"
}

type ChoiceProps = Readonly<{ part: ChoosablePart; isChosen: boolean; onToggle: () => void }>

function Choice({ part, isChosen, onToggle }: ChoiceProps) {
  const { position, op, path, workspace, added, removed, isSeen } = part

  return (
    <label className="flex items-start gap-2 text-sm has-disabled:cursor-not-allowed has-disabled:text-faint pointer-coarse:py-1">
      <input
        type="checkbox"
        checked={isChosen}
        disabled={!isSeen}
        onChange={onToggle}
        aria-label={`${op} ${path}`}
        className="mt-0.5 size-4 shrink-0 accent-accent pointer-coarse:size-5"
      />
      <span className="flex min-w-0 flex-wrap items-baseline gap-x-2">
        <span className="text-muted">
          {position}. {op}
        </span>
        <span className="min-w-0 font-mono text-sm break-all">
          <Visible text={path} />
        </span>
        {workspace !== "" && (
          <span className="text-muted">
            in <Visible text={workspace} />
          </span>
        )}
        <LineCounts added={added} removed={removed} />
        {!isSeen && <span className="w-full text-xs text-muted">Not all of it was on your screen yet.</span>}
      </span>
    </label>
  )
}

function Preview({ preview }: Readonly<{ preview: SeenPreview }>) {
  return (
    <>
      <p className="font-medium">
        <Visible text={preview.sentence} />
      </p>
      {preview.effects.map((effect) => (
        <p key={effect} className="text-muted">
          <Visible text={effect} />
        </p>
      ))}
      <p className="text-muted">
        its own hash <span className="font-mono text-ink">{preview.hashWords.join("-")}</span>{" "}
        <span className="font-mono">{preview.derivedHash.slice(0, 8)}</span>
        {preview.stepUpRequired && ", signed with your authenticator"}
      </p>
    </>
  )
}
