import { Siren } from "lucide-react"
import { ConfirmAction } from "@/components/ui/confirm-action"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { BreakGlassView } from "@/lib/approvals/break-glass.schema"
import { BreakGlassAction } from "./break-glass-action"

type Props = Readonly<{
  approval: ApprovalView
  viewerId: string
  /** Whether who looks is an administrator here who is apart from what was asked. */
  mayBreak: boolean
}>

/** On an approval's page: that one administrator waits for another, or that two have approved it. */
export function BreakGlassState({ approval, viewerId, mayBreak }: Props) {
  const { breakGlass, approvalId } = approval
  if (breakGlass === null) return null
  const isFirst = breakGlass.by.personId === viewerId

  return (
    <section
      aria-label="Break-glass"
      className="flex flex-col gap-2 rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink"
    >
      <div className="grid grid-cols-[16px_minmax(0,1fr)] gap-x-2">
        <Siren size={16} aria-hidden className="mt-0.5" />
        {breakGlass.status === "open" ? <Waiting state={breakGlass} /> : <Approved state={breakGlass} />}
      </div>
      {breakGlass.status === "open" && (isFirst || mayBreak) && (
        <div className="flex flex-wrap gap-2 pl-6">
          {!isFirst && (
            <BreakGlassAction
              step="confirm"
              subject={{
                approvalId,
                changeHash: approval.changeHash,
                needsStepUp: approval.stepUpRequired,
              }}
            />
          )}
          <Withdraw approvalId={approvalId} isFirst={isFirst} />
        </div>
      )}
    </section>
  )
}

function Waiting({ state: { by, reason, expiresAt } }: Readonly<{ state: BreakGlassView }>) {
  return (
    <div className="[overflow-wrap:anywhere]">
      <p>
        <span className="font-medium">
          <Visible text={by.name} /> began to break the glass. It waits for a second administrator
        </span>{" "}
        for another <Time at={expiresAt} as="left" isFocusable />.
      </p>
      <Reason text={reason} />
    </div>
  )
}

function Approved({ state }: Readonly<{ state: BreakGlassView }>) {
  const { by, reason, confirmedBy, confirmReason } = state

  return (
    <div className="[overflow-wrap:anywhere]">
      <p className="font-medium">
        Approved by break-glass: <Visible text={by.name} /> and <Visible text={confirmedBy?.name ?? ""} /> set
        aside who else had to agree.
      </p>
      <Reason text={reason} />
      {confirmReason !== null && <Reason text={confirmReason} />}
    </div>
  )
}

function Reason({ text }: Readonly<{ text: string }>) {
  return (
    <p>
      “<Visible text={text} />”
    </p>
  )
}

function Withdraw({ approvalId, isFirst }: Readonly<{ approvalId: string; isFirst: boolean }>) {
  return (
    <ConfirmAction
      words={isFirst ? "Withdraw" : "Refuse"}
      busyWords={isFirst ? "Withdrawing…" : "Refusing…"}
      look="quiet"
      title="End this break-glass?"
      said="It is ended. The approval waits for those who have to decide it."
      request={{ method: "DELETE", path: `/api/v1/approvals/${approvalId}/break-glass` }}
    >
      <p>Nothing was approved. The approval goes on waiting for those who have to decide it.</p>
    </ConfirmAction>
  )
}
