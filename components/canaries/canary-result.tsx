import { FlaskConical } from "lucide-react"
import { IdText } from "@/components/ui/id-text"
import type { CanaryView } from "@/lib/canaries/canary.schema"
import { Visible } from "@/components/ui/visible"
import { deviationTips, endWords } from "./canary-words"

/** On the page of an approval that was a test, once it has ended: what it was, what was wrong, and where to look. */
export function CanaryResult({ canary }: Readonly<{ canary: CanaryView }>) {
  const { status, words, deviation, sourceApprovalId } = canary

  return (
    <section
      aria-labelledby="canary-title"
      className="grid grid-cols-[16px_minmax(0,1fr)] gap-x-3 rounded-md border border-line bg-hover px-3 py-2.5 text-sm"
    >
      <FlaskConical size={16} aria-hidden className="mt-0.5" />
      <div className="flex flex-col gap-2">
        <div role="status" className="flex flex-col gap-1">
          <h2 id="canary-title" className="font-semibold">
            This was a test. Nothing will run.
          </h2>
          <p>
            {endWords(status)} No agent asked for it: Deltaseal made it of a change that was approved before,
            with one thing wrong.
          </p>
        </div>
        <p className="[overflow-wrap:anywhere]">
          <span className="font-medium">
            <Visible text={words} />
          </span>{" "}
          {deviationTips[deviation]}
        </p>
        <p className="flex flex-wrap items-baseline gap-x-2 text-muted">
          <span>The agent’s words below are those of the change it was made of:</span>
          <IdText
            id={sourceApprovalId}
            label="Copy the approval's id"
            href={`/approvals/${sourceApprovalId}`}
          />
        </p>
      </div>
    </section>
  )
}
