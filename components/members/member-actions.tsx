import { ConfirmAction } from "@/components/ui/confirm-action"
import type { MemberView } from "@/lib/members/member.schema"
import { ChangeRoleButton } from "./change-role-button"
import { ResetLinkButton } from "./reset-link-button"

type Props = Readonly<{ member: MemberView; placeName: string; mayMakeOwners: boolean }>

/** What somebody who may handle a member can do about them. */
export function MemberActions({ member, placeName, mayMakeOwners }: Props) {
  const { membershipId, role, person } = member
  const path = `/api/v1/members/${membershipId}`

  return (
    <>
      <ChangeRoleButton {...{ membershipId, role, mayMakeOwners }} name={person.name} />
      <ResetLinkButton membershipId={membershipId} name={person.name} />
      <ConfirmAction
        words="Sign out everywhere"
        busyWords="Signing out…"
        title={`Sign ${person.name} out everywhere?`}
        said={`${person.name} is signed out everywhere.`}
        request={{ method: "DELETE", path: `${path}/sessions` }}
      >
        <p>
          Every browser in which {person.name} is signed in is signed out within a second. The role stays, and
          so does the password: for a lost device that is enough, for a lost password it is not.
        </p>
      </ConfirmAction>
      <ConfirmAction
        words="Take authenticators away"
        busyWords="Asking…"
        title={`Take the authenticators of ${person.name} away?`}
        said="Begun. Another administrator has to confirm within a day."
        request={{ method: "POST", path: `${path}/authenticator-recovery` }}
      >
        <p>
          For who lost them. Another administrator than you has to confirm within a day, and {person.name} is
          told; then all of their authenticators are taken away, and their password is enough to enrol
          another. Until then nothing changes. Make sure that it is {person.name} who asks.
        </p>
      </ConfirmAction>
      <ConfirmAction
        words="End membership"
        busyWords="Ending…"
        title={`End ${person.name}’s membership?`}
        said={`${person.name} is no longer a member.`}
        request={{ method: "DELETE", path }}
        nextPath="/members"
      >
        <p>
          {person.name} stops seeing and deciding anything of {placeName} within a second. What they decided
          before stays as it is. Their keys go on working until somebody revokes them. Whoever comes back is
          invited again.
        </p>
      </ConfirmAction>
    </>
  )
}
