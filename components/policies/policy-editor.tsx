"use client"

import { useId, useRef, useState, type KeyboardEvent } from "react"
import { Button } from "@/components/ui/button"
import { useAfterPublishing } from "./after-publishing"
import { CheckPanel, versionWords } from "./check-panel"
import { PublishDialog, type Reviewed } from "./publish-dialog"
import { Simulation } from "./simulation"
import { StartFrom } from "./start-from"
import { useLeaveWarning } from "./use-leave-warning"
import { usePolicyCheck, type TextProblem } from "./use-policy-check"
import { usePolicyDraft } from "./use-policy-draft"
import { YamlArea } from "./yaml-area"

type Props = Readonly<{
  tenantId: string
  /** The version in force, and what it says. */
  inForce: number
  inForceText: string
}>

/** Writes a policy: checked while one types, shown as a difference before it is published. */
export function PolicyEditor({ tenantId, inForce, inForceText }: Props) {
  const { draft, isKept, write, forget } = usePolicyDraft(tenantId)
  const text = draft?.text ?? inForceText
  const { last, checkNow } = usePolicyCheck(tenantId, text)
  const [reviewed, setReviewed] = useState<Reviewed | null>(null)
  const [replaced, setReplaced] = useState<string | null>(null)
  const area = useRef<HTMLTextAreaElement>(null)
  const panelId = useId()
  const afterPublishing = useAfterPublishing(tenantId)
  useLeaveWarning(draft !== null && !isKept)

  const isCurrent = last?.text === text
  const problems = last?.checked?.problems ?? []
  const type = (next: string) => write({ text: next, basedOn: draft?.basedOn ?? inForce })
  const start = (next: string) => {
    if (next === text) return
    setReplaced(draft === null ? null : text)
    write({ text: next, basedOn: inForce })
  }
  const review = async () => {
    const checked = await checkNow()
    const [first] = checked?.problems ?? []
    if (checked === null) return
    if (first !== undefined) jumpTo(area.current, first)
    else if (checked.comparison?.isSame === false) setReviewed({ text, checked })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    void review()
  }

  return (
    <div className="flex flex-col gap-4 px-4 md:px-6">
      <StartFrom inForceText={inForceText} isFirst={inForce === 1} onStart={start} />
      {draft !== null && draft.basedOn !== inForce && <Overtaken basedOn={draft.basedOn} inForce={inForce} />}
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_340px]" onKeyDown={onKeyDown}>
        <YamlArea
          area={area}
          text={text}
          onChange={type}
          wrongLines={new Set(isCurrent ? problems.map(({ line }) => line) : [])}
          describedBy={panelId}
        />
        <div className="flex flex-col gap-4 lg:sticky lg:top-16 lg:max-h-[calc(100dvh-80px)] lg:self-start lg:overflow-y-auto">
          <div className="flex flex-wrap items-center gap-2">
            <Button look="primary" size="large" onClick={() => void review()} title="Ctrl + Enter">
              Review and publish
            </Button>
            {draft !== null && (
              <Button
                look="quiet"
                size="large"
                onClick={() => {
                  setReplaced(text)
                  forget()
                }}
              >
                Throw the draft away
              </Button>
            )}
            {replaced !== null && (
              <Button
                look="quiet"
                size="large"
                onClick={() => {
                  type(replaced)
                  setReplaced(null)
                }}
              >
                Put back what was there
              </Button>
            )}
          </div>
          <CheckPanel
            id={panelId}
            last={last}
            isCurrent={isCurrent}
            onJump={(problem) => jumpTo(area.current, problem)}
          />
          <p className="text-xs text-faint">
            {draft === null ? `This is ${versionWords(inForce)}, as it was written.` : keptWords(isKept)}
          </p>
        </div>
      </div>
      <Simulation
        tenantId={tenantId}
        text={text}
        isReady={isCurrent && last.checked !== null && problems.length === 0}
      />
      <PublishDialog
        tenantId={tenantId}
        reviewed={reviewed}
        onClose={() => setReviewed(null)}
        onPublished={(value) => {
          setReviewed(null)
          forget()
          afterPublishing(value)
        }}
      />
    </div>
  )
}

function keptWords(isKept: boolean): string {
  return isKept
    ? "Your draft is kept in this browser."
    : "This browser keeps nothing: the draft is gone when you leave."
}

function Overtaken({ basedOn, inForce }: Readonly<{ basedOn: number; inForce: number }>) {
  return (
    <p className="rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink">
      You began this draft on {versionWords(basedOn)}; since then {versionWords(inForce)} has come into force.
      The difference you see before publishing is against what is in force.
    </p>
  )
}

/** Puts the cursor where a problem is, and the place on the screen. */
function jumpTo(area: HTMLTextAreaElement | null, { line, column }: TextProblem): void {
  if (area === null) return
  const before = area.value.split("\n").slice(0, line - 1)
  const start = before.reduce((sum, text) => sum + text.length + 1, 0)
  const at = Math.min(start + column - 1, area.value.length)
  area.focus({ preventScroll: true })
  area.setSelectionRange(at, at)
  area.parentElement?.querySelector(`[data-line="${line}"]`)?.scrollIntoView({ block: "center" })
}
