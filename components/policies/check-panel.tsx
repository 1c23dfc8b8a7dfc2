import { Check, TriangleAlert } from "lucide-react"
import { ProblemNotice } from "@/components/ui/problem-notice"
import { Visible } from "@/components/ui/visible"
import type { Checked, LastCheck, TextProblem } from "./use-policy-check"

type Props<Answer extends Checked> = Readonly<{
  id: string
  last: LastCheck<Answer> | null
  /** Whether what was checked is what is written now. */
  isCurrent: boolean
  /** What is said where nothing is wrong. */
  fineWords: (checked: Answer) => string
  onJump: (problem: TextProblem) => void
}>

/** What is wrong with a draft, each with a way to its place, or what saving it would do. */
export function CheckPanel<Answer extends Checked>({ id, last, isCurrent, ...rest }: Props<Answer>) {
  return (
    <div id={id} aria-live="polite" aria-busy={!isCurrent} className="flex flex-col gap-2 text-sm">
      {last === null && <p className="text-muted">Checking…</p>}
      {last?.problem != null && <ProblemNotice problem={last.problem} />}
      {last?.checked != null && <Found checked={last.checked} {...rest} />}
    </div>
  )
}

type FoundProps<Answer extends Checked> = Pick<Props<Answer>, "fineWords" | "onJump"> &
  Readonly<{ checked: Answer }>

function Found<Answer extends Checked>({ checked, fineWords, onJump }: FoundProps<Answer>) {
  const { problems } = checked
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
      {fineWords(checked)}
    </p>
  )
}
