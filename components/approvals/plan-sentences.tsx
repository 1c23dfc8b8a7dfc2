import { Visible } from "@/components/ui/visible"

/** More than this is for the plan's own page. */
const sentencesMax = 3

type Props = Readonly<{
  items: readonly Readonly<{ approvalId: string; planIndex: number | null; sentence: string }>[]
}>

/** What the first calls of a plan do, in the server's words. They stand as they were sent. */
export function PlanSentences({ items }: Props) {
  const left = items.length - sentencesMax
  const inOrder = items.toSorted((a, b) => (a.planIndex ?? 0) - (b.planIndex ?? 0))

  return (
    <span className="flex min-w-0 flex-col text-sm text-muted">
      {inOrder.slice(0, sentencesMax).map(({ approvalId, sentence }) => (
        <span key={approvalId} className="min-w-0">
          <Visible text={sentence} />
        </span>
      ))}
      {left > 0 && <span>and {left} more</span>}
    </span>
  )
}
