import { Check, TriangleAlert } from "lucide-react"
import { ProblemNotice } from "@/components/ui/problem-notice"
import { Visible } from "@/components/ui/visible"
import type { CheckedDraft, LastCheck, TextProblem } from "./use-policy-check"

type Props = Readonly<{
  id: string
  last: LastCheck | null
  /** Whether what was checked is what is written now. */
  isCurrent: boolean
  onJump: (problem: TextProblem) => void
}>

/** What is wrong with a draft, each with a way to its place, or what publishing it would do. */
export function CheckPanel({ id, last, isCurrent, onJump }: Props) {
  return (
    <div id={id} aria-live="polite" aria-busy={!isCurrent} className="flex flex-col gap-2 text-sm">
      {last === null && <p className="text-muted">Checking…</p>}
      {last?.problem != null && <ProblemNotice problem={last.problem} />}
      {last?.checked != null && <Checked checked={last.checked} onJump={onJump} />}
    </div>
  )
}

type CheckedProps = Readonly<{ checked: CheckedDraft; onJump: Props["onJump"] }>

function Checked({ checked: { problems, comparison, against }, onJump }: CheckedProps) {
  if (problems.length > 0) {
    return (
      <>
        <p className="flex gap-2 font-medium text-look-ink">
          <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
          {problems.length === 1 ? "One thing is wrong" : `${problems.length} things are wrong`}
        </p>
        <ol className="flex flex-col">
          {problems.map((problem, index) => (
            <li key={index}>
              <button
                type="button"
                onClick={() => onJump(problem)}
                className="flex w-full flex-col rounded-md px-2 py-1.5 text-left hover:bg-hover"
              >
                <span className="text-xs text-muted">
                  Line {problem.line}, column {problem.column}
                </span>
                <Visible text={problem.message} />
              </button>
            </li>
          ))}
        </ol>
      </>
    )
  }

  return (
    <p className="flex gap-2">
      <Check size={16} aria-hidden className="mt-0.5 shrink-0 text-muted" />
      {comparison?.isSame === true
        ? `It says what ${versionWords(against)} says.`
        : `Nothing is wrong with it. ${comparison === null ? "" : effectOf[comparison.takesEffect]}`}
    </p>
  )
}

export const effectOf = {
  at_once: "Published, it holds from the next call.",
  second_person: "It loosens what holds, so another administrator has to approve it.",
  after_notice:
    "It loosens what holds, and nobody else administers this client: it takes effect after 24 hours.",
} as const

export function versionWords(version: number): string {
  return version === 1 ? "the tier defaults" : `version ${version}`
}
