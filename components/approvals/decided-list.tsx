import Link from "next/link"
import { TierMark } from "@/components/ui/tier-mark"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ApprovalSummary } from "@/lib/approvals/approval.schema"
import { StatusMark } from "./status-mark"

/** What was decided lately, newest first. */
export function DecidedList({ items }: Readonly<{ items: readonly ApprovalSummary[] }>) {
  if (items.length === 0) return null

  return (
    <section aria-labelledby="decided-title">
      <h2 id="decided-title" className="border-b border-line px-4 pb-1.5 text-sm font-semibold md:px-6">
        Decided in the last day
      </h2>
      <ul>
        {items.map((item) => (
          <li key={item.approvalId} className="border-b border-line">
            <Link
              href={`/approvals/${item.approvalId}`}
              className="grid min-h-9 grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3 gap-y-0.5 px-4 py-1.5 text-sm outline-offset-[-2px] hover:bg-hover md:grid-cols-[auto_minmax(0,1fr)_auto_200px_88px] md:px-6"
            >
              <TierMark tier={item.tier} />
              <span className="min-w-0">
                <Visible text={item.sentence} />
              </span>
              <span className="col-start-2 text-muted md:col-start-auto">{item.tenantName}</span>
              <span className="col-start-2 flex items-center md:col-start-auto">
                <StatusMark status={item.status} execution={null} />
              </span>
              <span className="hidden text-right text-muted md:block">
                {item.decidedAt !== null && <Time at={item.decidedAt} as="age" />}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
