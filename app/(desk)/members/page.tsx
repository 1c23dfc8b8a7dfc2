import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { DeskPage } from "@/components/layout/desk-page"
import { Section } from "@/components/layout/section"
import { InvitationTable } from "@/components/members/invitation-table"
import { InviteButton } from "@/components/members/invite-button"
import { MemberTable } from "@/components/members/member-table"
import { NeedsRole } from "@/components/members/needs-role"
import { EmptyState } from "@/components/ui/empty-state"
import { FilterSelect } from "@/components/ui/filter-select"
import { LaterPages } from "@/components/ui/later-pages"
import { rowKeys } from "@/components/ui/row-keys"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import type { PersonActor } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { mayHandle, mayManageAt, mayReadMembers, rolesAt } from "@/lib/members/member"
import type { MemberView } from "@/lib/members/member.schema"
import { listInvitations, listMembers } from "@/lib/members/members.queries"
import { invitePlaces, placeName } from "./member-places"

export const metadata: Metadata = { title: "Members" }

type Props = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>

export default async function MembersPage({ searchParams }: Props) {
  const person = await currentPerson()
  if (person === null) redirect(signInPath("/members"))
  if (!mayReadMembers(person)) return <NeedsRole place="Members" what="Members are seen and looked after" />

  const { tenant, cursor } = await searchParams
  const tenantId = person.tenants.find((candidate) => candidate.tenantId === tenant)?.tenantId
  const after = typeof cursor === "string" ? cursor : undefined
  const [members, invitations] = await Promise.all([
    listMembers(person, { tenantId, cursor: after }),
    listInvitations(person, { tenantId }),
  ])
  const places = invitePlaces(person)
  const base = tenantId === undefined ? "/members" : `/members?tenant=${tenantId}`

  return (
    <DeskPage
      crumbs={[{ words: "Members" }]}
      title="Members"
      note="People of the agency reach into all of its clients; people of one client see nothing else."
      actions={places.length > 0 && <InviteButton places={places} chosenTenantId={tenantId ?? null} />}
      bar={<ShortcutHelp keys={rowKeys} />}
    >
      <div className="px-4 md:px-6">
        <ClientFilter person={person} tenantId={tenantId} />
      </div>
      {invitations.items.length > 0 && (
        <Section title="Invited, not here yet" isFlush>
          <InvitationTable
            invitations={invitations.items}
            placeOf={(place) => placeName(person, place)}
            mayWithdraw={(place) =>
              mayManageAt(person, place) && mayHandle(rolesAt(person, place), place.role)
            }
          />
        </Section>
      )}
      <MemberSections person={person} members={members.items} />
      <LaterPages
        startPath={after === undefined ? null : base}
        nextPath={
          members.nextCursor === null ? null : `${base}${tenantId ? "&" : "?"}cursor=${members.nextCursor}`
        }
      />
    </DeskPage>
  )
}

type SectionsProps = Readonly<{ person: PersonActor; members: readonly MemberView[] }>

function MemberSections({ person, members }: SectionsProps) {
  const parts = [
    { title: "The whole agency", rows: members.filter(({ tenantId }) => tenantId === null) },
    { title: "One client only", rows: members.filter(({ tenantId }) => tenantId !== null) },
  ].filter(({ rows }) => rows.length > 0)
  if (parts.length === 0) {
    return (
      <EmptyState title="Nobody to show">
        Invite a client’s own people, so that they decide on what is theirs.
      </EmptyState>
    )
  }

  return parts.map(({ title, rows }) => (
    <Section key={title} title={title} isFlush>
      <MemberTable
        label={title}
        members={rows}
        placeOf={(place) => placeName(person, place)}
        personId={person.personId}
      />
    </Section>
  ))
}

function ClientFilter({ person, tenantId }: Readonly<{ person: PersonActor; tenantId: string | undefined }>) {
  const options = [
    { value: "", words: "Everywhere", href: "/members" },
    ...person.tenants.map((tenant) => ({
      value: tenant.tenantId,
      words: `Who can act in ${tenant.name}`,
      href: `/members?tenant=${tenant.tenantId}`,
    })),
  ]

  return <FilterSelect label="Show members" value={tenantId ?? ""} options={options} />
}
