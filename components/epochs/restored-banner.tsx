import { DatabaseBackup } from "lucide-react"
import { ConfirmAction } from "@/components/ui/confirm-action"
import { Time } from "@/components/ui/time"
import type { EpochNotice } from "@/lib/epochs/epoch-notice"

type Props = Readonly<{ notices: readonly EpochNotice[] }>

/** Above every page of those who look after clients, until one of them has seen to it. */
export function RestoredBanner({ notices }: Props) {
  if (notices.length === 0) return null

  return (
    <section
      aria-label="The database was restored"
      className="border-b border-look-line bg-look px-4 py-2 text-sm text-look-ink md:px-6"
    >
      <ul className="flex flex-col gap-1.5">
        {notices.map((notice) => (
          <li
            key={notice.number}
            className="grid grid-cols-[16px_minmax(0,1fr)] items-start gap-x-3 gap-y-1 md:grid-cols-[16px_minmax(0,1fr)_auto] md:items-center"
          >
            <DatabaseBackup size={16} aria-hidden className="mt-0.5 md:mt-0" />
            <div className="[overflow-wrap:anywhere]">
              <span className="font-medium">
                The database was restored on <Time at={notice.startedAt} as="day" />.
              </span>{" "}
              {wordsFor(notice)}
            </div>
            <div className="col-start-2 md:col-start-3">
              <Dismiss notice={notice} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}

function wordsFor({ cancelled, closedRuns }: EpochNotice): string {
  const approvals = cancelled === 1 ? "1 open approval was" : `${cancelled} open approvals were`
  const runs = closedRuns === 1 ? "1 open run was" : `${closedRuns} open runs were`

  return `${approvals} cancelled and ${runs} closed; agents have to start again and ask again.`
}

function Dismiss({ notice }: Readonly<{ notice: EpochNotice }>) {
  return (
    <ConfirmAction
      words="Dismiss"
      busyWords="Dismissing…"
      title="Has everything that came back been looked at?"
      said="The notice is gone."
      request={{ method: "POST", path: `/api/v1/epochs/${notice.number}/dismiss` }}
    >
      <p>
        What was revoked, ended, stopped or tightened after the backup was made is as it was before: API keys,
        members, stops, policies and tools.
      </p>
      <p>The notice disappears for everybody here, and the log says that you have seen it.</p>
    </ConfirmAction>
  )
}
