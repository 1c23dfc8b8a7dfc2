import { Badge } from "@/components/ui/badge"
import { ConfirmAction } from "@/components/ui/confirm-action"
import { DataTable } from "@/components/ui/data-table"
import { Time } from "@/components/ui/time"
import type { OwnSession } from "@/lib/members/account.schema"

/** Where one is signed in. The session in use ends by signing out. */
export function SessionTable({ sessions }: Readonly<{ sessions: readonly OwnSession[] }>) {
  return (
    <DataTable
      label="Sessions"
      rows={sessions}
      keyOf={({ sessionId }) => sessionId}
      columns={[
        { head: "Signed in", cell: ({ createdAt }) => <Time at={createdAt} as="day" isFocusable /> },
        { head: "Last used", cell: ({ lastUsedAt }) => <Time at={lastUsedAt} as="age" /> },
        { head: "Ends", cell: ({ expiresAt }) => <Time at={expiresAt} as="day" /> },
        {
          head: "Action",
          align: "right",
          onPhone: "bare",
          cell: (session) =>
            session.isCurrent ? <Badge tone="open" words="this one" /> : <EndSession session={session} />,
        },
      ]}
    />
  )
}

function EndSession({ session: { sessionId } }: Readonly<{ session: OwnSession }>) {
  return (
    <ConfirmAction
      words="End"
      busyWords="Ending…"
      look="quiet"
      title="End this session?"
      said="The session has ended."
      request={{ method: "DELETE", path: `/api/v1/sessions/${sessionId}` }}
    >
      <p>The browser that uses it is signed out within a second. Your password stays.</p>
    </ConfirmAction>
  )
}
