import { Fact, FactList } from "@/components/ui/fact-list"
import type { AttentionSummary } from "@/lib/attention/attention"
import { shareWords, spanWords, withoutPageWords } from "./attention-words"

type Props = Readonly<{ summary: AttentionSummary; quickSeconds: number }>

/** What some decisions come to. */
export function AttentionFacts({ summary, quickSeconds }: Props) {
  const { decisions, approvals, denials, medianMs, withoutPage, beforeShown, quick, longestStreak } = summary
  const onPage = decisions - withoutPage
  const without = withoutPageWords(summary)

  return (
    <div className="flex flex-col gap-2">
      <FactList>
        <Fact name="Decisions">
          {decisions} ({approvals} approved, {denials} denied)
        </Fact>
        <Fact name="Time taken">{spanWords(medianMs)} at the median</Fact>
        <Fact name="Not all shown">{shareWords(beforeShown, onPage)}</Fact>
        <Fact name="Quick">
          {shareWords(quick, onPage)}, under {quickSeconds} s for a hundred lines
        </Fact>
        <Fact name="In a row">
          {longestStreak} {longestStreak === 1 ? "approval" : "approvals"} by one person without a denial, at
          the longest
        </Fact>
      </FactList>
      {without !== null && <p className="text-sm text-muted">{without}</p>}
    </div>
  )
}
