import Link from "next/link"
import { callWords, highestTier, standingsOf } from "@/components/plans/plan-words"
import { FlagMark } from "@/components/ui/flag-mark"
import { TierMark } from "@/components/ui/tier-mark"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ApprovalSummary } from "@/lib/approvals/approval.schema"
import { inboxEntries, type InboxEntry } from "./inbox-entries"
import { PlanSentences } from "./plan-sentences"
import { StatusMark } from "./status-mark"

export type DecidedItem = ApprovalSummary & Readonly<{ planIndex: number | null }>

/** It is a reminder, no archive. */
const rowsMax = 20

/** What was decided lately, newest first. */
export function DecidedList({ items }: Readonly<{ items: readonly DecidedItem[] }>) {
  if (items.length === 0) return null

  return (
    <section aria-labelledby="decided-title">
      <h2 id="decided-title" className="border-b border-line px-4 pb-1.5 text-sm font-semibold md:px-6">
        Decided in the last day
      </h2>
      <ul>
        {inboxEntries(items)
          .slice(0, rowsMax)
          .map((entry) => (
            <DecidedRow key={entry.key} entry={entry} />
          ))}
      </ul>
    </section>
  )
}

/** One change, or the calls of one plan. */
function DecidedRow({ entry }: Readonly<{ entry: InboxEntry<DecidedItem> }>) {
  const items = entry.planId === null ? ([entry.item] as const) : entry.items
  const [first] = items

  return (
    <li className="border-b border-line">
      <Link
        href={entry.planId === null ? `/approvals/${first.approvalId}` : `/plans/${entry.planId}`}
        className="grid min-h-9 grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-3 gap-y-0.5 px-4 py-1.5 text-sm outline-offset-[-2px] hover:bg-hover md:grid-cols-[auto_minmax(0,1fr)_auto_200px_88px] md:px-6"
      >
        <TierMark tier={highestTier(items)} />
        {entry.planId === null ? (
          <span className="min-w-0">
            <Visible text={first.sentence} />
            {first.isBreakGlass && (
              <>
                {" "}
                <FlagMark words="approved by break-glass" />
              </>
            )}
          </span>
        ) : (
          <span className="flex min-w-0 flex-wrap items-baseline gap-x-3">
            <span>A plan, {callWords(items.length)} decided</span>
            <PlanSentences items={items} />
          </span>
        )}
        <span className="col-start-2 text-muted md:col-start-auto">{first.tenantName}</span>
        <span className="col-start-2 flex flex-wrap items-center gap-x-3 md:col-start-auto">
          <Standings items={items} isPlan={entry.planId !== null} />
        </span>
        <span className="hidden text-right text-muted md:block">
          {first.decidedAt !== null && <Time at={first.decidedAt} as="age" />}
        </span>
      </Link>
    </li>
  )
}

type StandingsProps = Readonly<{ items: readonly ApprovalSummary[]; isPlan: boolean }>

function Standings({ items, isPlan }: StandingsProps) {
  const standing = items.map(({ status }) => ({ status, execution: null }))
  return standingsOf(standing).map(({ call: { status }, count }) => (
    <StatusMark key={status} status={status} execution={null} {...(isPlan && { count })} />
  ))
}
