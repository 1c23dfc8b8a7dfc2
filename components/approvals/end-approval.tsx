import { ConfirmAction } from "@/components/ui/confirm-action"

/** Ends an approval that is open: what an administrator can do who has no vote on it, or none to take back. */
export function EndApproval({ approvalId }: Readonly<{ approvalId: string }>) {
  return (
    <ConfirmAction
      words="End this approval"
      busyWords="Ending…"
      look="quiet"
      title="End this approval unused?"
      said="The approval is ended. Nothing is done with it."
      request={{ method: "POST", path: `/api/v1/approvals/${approvalId}/cancel` }}
    >
      <p>
        The tool server can do nothing with it any more, if it has not begun. The agent is told that it was
        cancelled, and may ask again; its run goes on.
      </p>
    </ConfirmAction>
  )
}
