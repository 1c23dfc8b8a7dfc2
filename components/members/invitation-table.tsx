import { Badge } from "@/components/ui/badge"
import { ConfirmAction } from "@/components/ui/confirm-action"
import { DataTable } from "@/components/ui/data-table"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { InvitationView } from "@/lib/members/invitation.schema"
import { roleWords } from "./role-words"

type Props = Readonly<{
  invitations: readonly InvitationView[]
  placeOf: (invitation: InvitationView) => string
  mayWithdraw: (invitation: InvitationView) => boolean
}>

/** Invitations that nobody has accepted yet. */
export function InvitationTable({ invitations, placeOf, mayWithdraw }: Props) {
  return (
    <DataTable
      label="Open invitations"
      rows={invitations}
      keyOf={({ invitationId }) => invitationId}
      columns={[
        { head: "E-mail", cell: ({ email }) => <Visible text={email} /> },
        { head: "Role", cell: ({ role }) => roleWords[role].title },
        { head: "To", cell: (invitation) => <Visible text={placeOf(invitation)} /> },
        { head: "Invited by", cell: ({ invitedBy }) => <Visible text={invitedBy.name ?? "somebody"} /> },
        { head: "State", cell: stateOf },
        {
          head: "Action",
          onPhone: "bare",
          align: "right",
          cell: (invitation) =>
            mayWithdraw(invitation) ? (
              <Withdraw invitation={invitation} />
            ) : (
              <span className="text-faint">–</span>
            ),
        },
      ]}
    />
  )
}

function stateOf({ status, expiresAt }: InvitationView) {
  if (status === "expired") return <Badge tone="off" words="expired" />

  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-2">
      <Badge tone="waits" words="open" />
      <span className="text-faint">
        <Time at={expiresAt} as="left" /> left
      </span>
    </span>
  )
}

function Withdraw({ invitation: { invitationId, email } }: Readonly<{ invitation: InvitationView }>) {
  return (
    <ConfirmAction
      words="Take back"
      busyWords="Taking back…"
      look="quiet"
      title="Take this invitation back?"
      said="The invitation is taken back."
      request={{ method: "DELETE", path: `/api/v1/invitations/${invitationId}` }}
    >
      <p>
        The link that was made for <Visible text={email} /> stops working at once. You can invite the same
        address again.
      </p>
    </ConfirmAction>
  )
}
