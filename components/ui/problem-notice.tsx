import { TriangleAlert } from "lucide-react"
import type { ApiProblem, ApiReason } from "./call-api"
import { apiProblemWords } from "./problem-words"
import { Visible } from "./visible"

type Props = Readonly<{
  problem: ApiProblem
  /** The reasons to list; those that stand beside their own field need not be here too. */
  reasons?: readonly ApiReason[]
}>

/** Why something was refused, said at once to those who hear the page as well. */
export function ProblemNotice({ problem, reasons = problem.reasons ?? [] }: Props) {
  return (
    <div
      role="alert"
      className="flex gap-2 rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink"
    >
      <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
      <div className="flex min-w-0 flex-col gap-1">
        <p>
          {apiProblemWords(problem)}{" "}
          {problem.code === "unauthenticated" && (
            <a href="/sign-in" className="underline underline-offset-4">
              Sign in
            </a>
          )}
        </p>
        {reasons.length > 0 && (
          <ul className="list-disc pl-4">
            {reasons.map(({ code, message }, index) => (
              <li key={`${code}-${index}`}>
                <Visible text={message} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  )
}
