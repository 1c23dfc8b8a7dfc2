import { Siren } from "lucide-react"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { BreakGlassNotice } from "@/lib/approvals/break-glass.schema"
import { DismissNotice } from "./dismiss-notice"

/** More than this many stand behind a line that says how many they are. */
const openMax = 2

/** Above every page until one says that one has read it: what two administrators approved without a quorum. */
export function BreakGlassBanner({ notices }: Readonly<{ notices: readonly BreakGlassNotice[] }>) {
  if (notices.length === 0) return null

  return (
    <section
      aria-label="Approved by break-glass"
      className="border-b border-look-line bg-look px-4 py-2 text-sm text-look-ink md:px-6"
    >
      {notices.length <= openMax ? (
        <Lines notices={notices} />
      ) : (
        <details>
          <summary className="cursor-pointer font-medium">
            {notices.length} changes were approved by break-glass
          </summary>
          <Lines notices={notices} />
        </details>
      )}
    </section>
  )
}

function Lines({ notices }: Readonly<{ notices: readonly BreakGlassNotice[] }>) {
  return (
    <ul className="flex flex-col gap-1.5">
      {notices.map((notice) => (
        <li
          key={notice.breakGlassId}
          className="grid grid-cols-[16px_minmax(0,1fr)] items-start gap-x-3 gap-y-1 md:grid-cols-[16px_minmax(0,1fr)_auto] md:items-center"
        >
          <Siren size={16} aria-hidden className="mt-0.5 md:mt-0" />
          <div className="[overflow-wrap:anywhere]">
            <span className="font-medium">
              <Visible text={notice.by.name} /> and <Visible text={notice.confirmedBy.name} /> approved a
              change for <Visible text={notice.tenantName} /> by break-glass.
            </span>{" "}
            <a href={`/approvals/${notice.approvalId}`} className="underline underline-offset-4">
              <Visible text={notice.sentence} />
            </a>{" "}
            “<Visible text={notice.reason} />”{" "}
            <span className="whitespace-nowrap">
              <Time at={notice.at} as="age" />
            </span>
          </div>
          <div className="col-start-2 md:col-start-3">
            <DismissNotice approvalId={notice.approvalId} />
          </div>
        </li>
      ))}
    </ul>
  )
}
