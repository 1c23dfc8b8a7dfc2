import { Section } from "@/components/layout/section"
import type { OwnAttentionView } from "@/lib/attention/attention.schema"
import { AttentionFacts } from "./attention-facts"
import { SizeTable } from "./size-table"

/** A person's own numbers, for themselves. */
export function OwnAttention({ view: { days, total, quickSeconds } }: Readonly<{ view: OwnAttentionView }>) {
  if (total.decisions === 0) return null

  return (
    <Section title="How you decide" isFlush>
      <div className="flex flex-col gap-3 px-4 pt-3 pb-3 md:px-6">
        <p className="text-sm text-muted">
          Your own decisions of the last {days} days. They are for you; an admin sees them beside those of
          others only where there are enough of them to say something.
        </p>
        <AttentionFacts summary={total} quickSeconds={quickSeconds} />
      </div>
      <SizeTable sizes={total.sizes} />
    </Section>
  )
}
