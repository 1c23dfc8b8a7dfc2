import type { Metadata } from "next"
import Link from "next/link"
import { roleWords } from "@/components/members/role-words"
import { KnownPersonForm, NewcomerForm } from "@/components/setup/accept-forms"
import { DeadLink } from "@/components/setup/dead-link"
import { PublicPage } from "@/components/setup/public-page"
import { SignOutButton } from "@/components/setup/sign-out-button"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { readInvitation, type InvitationPage } from "@/lib/members/accept.service"

export const metadata: Metadata = { title: "Invitation" }

type Props = Readonly<{ params: Promise<{ token: string }> }>

export default async function InvitationPage({ params }: Props) {
  const { token } = await params
  const [invitation, person] = await Promise.all([readInvitation(token), currentPerson()])
  if (invitation === null) return <DeadLink>Ask whoever invited you for another one.</DeadLink>

  return (
    <PublicPage
      title={`Join ${invitation.clientName ?? invitation.agencyName} as ${roleWords[invitation.role].name}`}
      intro={<Facts invitation={invitation} />}
    >
      <WayIn token={token} invitation={invitation} signedInAs={person?.email ?? null} />
    </PublicPage>
  )
}

function Facts({ invitation }: Readonly<{ invitation: InvitationPage }>) {
  const { agencyName, clientName, role, invitedByName, expiresAt } = invitation

  return (
    <>
      <p>
        <Visible text={invitedByName} /> of <Visible text={agencyName} /> invites you
        {clientName === null ? " to the whole agency, with all of its clients" : " to this one client"}. The
        invitation can be accepted until <Time at={expiresAt} as="day" />.
      </p>
      <p>
        <span className="font-medium text-ink">{roleWords[role].title}:</span> {roleWords[role].explanation}
      </p>
    </>
  )
}

type WayInProps = Readonly<{ token: string; invitation: InvitationPage; signedInAs: string | null }>

/** What somebody has to do first depends on who they are here, and on who is signed in. */
function WayIn({ token, invitation: { email, isKnown }, signedInAs }: WayInProps) {
  if (signedInAs === email) return <KnownPersonForm token={token} />
  if (signedInAs !== null) {
    return (
      <div className="flex flex-col items-start gap-3 text-sm">
        <p>
          You are signed in as <Visible text={signedInAs} />, and the invitation is for{" "}
          <Visible text={email} />. Sign out, then open the link again.
        </p>
        <SignOutButton />
      </div>
    )
  }
  if (isKnown) {
    return (
      <div className="flex flex-col items-start gap-3 text-sm">
        <p>
          <Visible text={email} /> has an account here. Sign in with it, and you come back to accept.
        </p>
        <Link
          href={signInPath(`/invitations/${token}`)}
          className="inline-flex h-11 items-center rounded-md bg-accent px-4 font-medium text-accent-ink hover:bg-accent-hover md:h-9"
        >
          Sign in to accept
        </Link>
      </div>
    )
  }

  return <NewcomerForm token={token} email={email} />
}
