import { Layers } from "lucide-react"
import Link from "next/link"
import { shortId } from "@/components/ui/short-id"
import { Visible } from "@/components/ui/visible"
import type { WaitingRun } from "@/lib/approvals/inbox-digest.queries"

/** What waits beyond what is listed: one row for each run. */
export function InboxDigest({ runs }: Readonly<{ runs: readonly WaitingRun[] }>) {
  if (runs.length === 0) return null

  return (
    <section aria-labelledby="digest-title">
      <h2 id="digest-title" className="border-b border-line px-4 pb-1.5 text-sm font-semibold md:px-6">
        Waiting besides
      </h2>
      <ul>
        {runs.map(({ runId, workflow, tenantName, waiting }) => (
          <li key={runId} className="border-b border-line">
            <Link
              data-row
              href={`/inbox?run=${runId}`}
              className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 outline-offset-[-2px] hover:bg-hover focus-visible:bg-accent-soft md:px-6"
            >
              <Layers size={16} aria-hidden className="shrink-0 text-muted" />
              <span className="font-medium">
                {waiting.toLocaleString("en-US")} more {waiting === 1 ? "change" : "changes"} of run{" "}
                <Visible text={workflow} /> {waiting === 1 ? "waits" : "wait"}
              </span>
              <span className="text-sm text-muted">{tenantName}</span>
              <span className="font-mono text-xs text-muted">{shortId(runId)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
