import { FlaskConical } from "lucide-react"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { CanaryNotice } from "@/lib/canaries/canary.schema"
import { DismissCanary } from "./dismiss-canary"

/** More than this many stand behind a line that says how many they are. */
const openMax = 2

/** Above every page of whoever voted on a test, until they have read how it ended: for them alone. */
export function CanaryLines({ notices }: Readonly<{ notices: readonly CanaryNotice[] }>) {
  if (notices.length === 0) return null

  return (
    <section aria-label="Test changes" className="border-b border-line bg-hover px-4 py-2 text-sm md:px-6">
      {notices.length <= openMax ? (
        <Lines notices={notices} />
      ) : (
        <details>
          <summary className="cursor-pointer font-medium">
            {notices.length} changes that you decided on were tests
          </summary>
          <Lines notices={notices} />
        </details>
      )}
    </section>
  )
}

function Lines({ notices }: Readonly<{ notices: readonly CanaryNotice[] }>) {
  return (
    <ul className="flex flex-col gap-1.5">
      {notices.map((notice) => (
        <li
          key={notice.canaryId}
          className="grid grid-cols-[16px_minmax(0,1fr)] items-start gap-x-3 gap-y-1 md:grid-cols-[16px_minmax(0,1fr)_auto] md:items-center"
        >
          <FlaskConical size={16} aria-hidden className="mt-0.5 md:mt-0" />
          <div className="[overflow-wrap:anywhere]">
            <span className="font-medium">{titleOf(notice)}</span> <Visible text={notice.words} />{" "}
            <a href={`/approvals/${notice.approvalId}`} className="underline underline-offset-4">
              See where
            </a>{" "}
            <span className="whitespace-nowrap text-muted">
              <Time at={notice.endedAt} as="age" />
            </span>
          </div>
          <div className="col-start-2 md:col-start-3">
            <DismissCanary approvalId={notice.approvalId} />
          </div>
        </li>
      ))}
    </ul>
  )
}

function titleOf({ isApproved }: CanaryNotice): string {
  return isApproved
    ? "A change that you approved was a test, so nothing came of it."
    : "A change that you denied was a test: you saw what was wrong."
}
