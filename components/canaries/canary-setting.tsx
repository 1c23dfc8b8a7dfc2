import { Section } from "@/components/layout/section"
import { DataTable } from "@/components/ui/data-table"
import { IdText } from "@/components/ui/id-text"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { CanariesView, CanaryView } from "@/lib/canaries/canary.schema"
import { periodWords } from "./canary-words"
import { ChangeCanaries } from "./change-canaries"

/** Whether test changes come in a client, and what became of them; never by whom. */
export function CanarySetting({ view }: Readonly<{ view: CanariesView }>) {
  const { tenantId, periodDays, items } = view

  return (
    <Section
      title="Test changes"
      isFlush
      actions={<ChangeCanaries tenantId={tenantId} periodDays={periodDays} />}
    >
      <p className="max-w-3xl px-4 pt-3 pb-3 text-sm text-muted md:px-6">
        <Standing view={view} /> They show whether changes are still read: each is one that was approved
        before, with one thing wrong that ought to be noticed. None can run. Who decided on one is told so;
        others see only what became of it.
      </p>
      {items.length > 0 && <Results items={items} />}
    </Section>
  )
}

function Standing({
  view: { periodDays, changedBy, changedAt, isUnderWay },
}: Readonly<{ view: CanariesView }>) {
  if (periodDays === null) return <>Off.</>

  return (
    <>
      On, {periodWords(periodDays)}
      {changedBy !== null && (
        <>
          , by <Visible text={changedBy.name} />
        </>
      )}
      {changedAt !== null && (
        <>
          {" "}
          since <Time at={changedAt} as="day" isFocusable />
        </>
      )}
      .{isUnderWay && " The next one is under way."}
    </>
  )
}

function Results({ items }: Readonly<{ items: readonly CanaryView[] }>) {
  return (
    <DataTable
      label="Test changes that have ended"
      rows={items}
      keyOf={({ canaryId }) => canaryId}
      columns={[
        { head: "What was wrong", cell: ({ words }) => <Visible text={words} />, isWide: true },
        { head: "What became of it", cell: ({ status }) => outcomes[status], onPhone: "bare" },
        {
          head: "Approval",
          cell: ({ approvalId }) => (
            <IdText id={approvalId} label="Copy the approval's id" href={`/approvals/${approvalId}`} />
          ),
        },
        { head: "Ended", cell: ({ endedAt }) => <Time at={endedAt} as="age" isFocusable />, align: "right" },
      ]}
    />
  )
}

const outcomes: Readonly<Record<CanaryView["status"], string>> = {
  denied: "denied",
  approved: "approved, nothing ran",
  expired: "not decided in time",
  dropped: "ended without a decision",
}
