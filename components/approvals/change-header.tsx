import { CountdownMark } from "./countdown-mark"
import { LineCounts } from "@/components/ui/line-counts"
import { TierMark } from "@/components/ui/tier-mark"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { Effects, Flags } from "./effects"
import { partWords } from "./part-words"
import { StatusMark } from "./status-mark"

type Props = Readonly<{ approval: ApprovalView; pinnedAt: string }>

/** What is asked, in facts of the server's own. */
export function ChangeHeader({ approval, pinnedAt }: Props) {
  const { parts, run } = approval
  const added = parts.reduce((sum, part) => sum + part.added, 0)
  const removed = parts.reduce((sum, part) => sum + part.removed, 0)
  const hiddenCharacters = parts.reduce((sum, part) => sum + part.hiddenCharacters, 0)

  return (
    <header className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
        <TierMark tier={approval.tier} />
        <span className="font-mono text-sm text-ink">
          <Visible text={approval.server} /> · <Visible text={approval.tool} />{" "}
          <Visible text={approval.toolVersion} />
        </span>
        <span>
          definition unchanged since <Time at={pinnedAt} as="day" isFocusable />
        </span>
        <span className="ml-auto">
          {approval.status === "pending" ? (
            <CountdownMark expiresAt={approval.expiresAt} />
          ) : (
            <StatusMark
              status={approval.status}
              execution={approval.execution}
              because={approval.endedBecause}
            />
          )}
        </span>
      </div>
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <h1 className="min-w-0 flex-1 basis-64 text-lg font-semibold text-balance">
          <Visible text={approval.sentence} />
        </h1>
        <span className="text-sm text-muted">
          <LineCounts added={added} removed={removed} />, {partWords(parts)}
        </span>
      </div>
      <Flags flags={approval.flags} hiddenCharacters={hiddenCharacters} />
      <Effects effects={approval.effects} />
      <p className="text-sm text-muted">
        <span className="font-medium text-ink">{approval.tenantName}</span> · run{" "}
        <Visible text={run.workflow} /> · <EnvironmentMark environment={run.environment} />
        {run.step !== null && (
          <>
            {" "}
            · step <Visible text={run.step} />
          </>
        )}
      </p>
    </header>
  )
}

function EnvironmentMark({ environment }: Readonly<{ environment: string }>) {
  return environment === "prod" ? (
    <strong className="font-semibold text-ink">prod</strong>
  ) : (
    <span>{environment}</span>
  )
}
