import { Section } from "@/components/layout/section"
import type { OwnAttentionView } from "@/lib/attention/attention.schema"
import { AttentionFacts } from "./attention-facts"
import { SizeTable } from "./size-table"

/** A person's own numbers, for themselves. */
export function OwnAttention({ view }: Readonly<{ view: OwnAttentionView }>) {
  const { days, total, quickSeconds, canaries } = view
  if (total.decisions === 0) return null

  return (
    <Section title="How you decide" isFlush>
      <div className="flex flex-col gap-3 px-4 pt-3 pb-3 md:px-6">
        <p className="text-sm text-muted">
          Your own decisions of the last {days} days. They are for you; an admin sees them beside those of
          others only where there are enough of them to say something.
        </p>
        <AttentionFacts summary={total} quickSeconds={quickSeconds} />
        <Canaries {...canaries} />
      </div>
      <SizeTable sizes={total.sizes} />
    </Section>
  )
}

/** Of test changes: for their reader alone. */
function Canaries({ noticed, missed }: OwnAttentionView["canaries"]) {
  const all = noticed + missed
  if (all === 0) return null

  return (
    <p className="text-sm text-muted">
      {all === 1 ? "One of them was a test change" : `${all} of them were test changes`}, made up with one
      thing wrong: you denied {noticed} and approved {missed}. Nobody else is shown this.
    </p>
  )
}
