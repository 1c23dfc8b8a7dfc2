import type { Metadata } from "next"
import { notFound, redirect } from "next/navigation"
import { DeskPage } from "@/components/layout/desk-page"
import { Section } from "@/components/layout/section"
import { MemberActions } from "@/components/members/member-actions"
import { NeedsRole } from "@/components/members/needs-role"
import { roleWords } from "@/components/members/role-words"
import { StandInTable } from "@/components/stand-ins/stand-in-table"
import { Fact, FactList } from "@/components/ui/fact-list"
import { IdText } from "@/components/ui/id-text"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { AppError } from "@/lib/errors/app-error"
import { mayHandle, mayManageAt, mayReadMembers, rolesAt } from "@/lib/members/member"
import { readMember } from "@/lib/members/members.queries"
import { standInsFor } from "@/lib/stand-ins/stand-ins.service"
import { placeName } from "../member-places"

export const metadata: Metadata = { title: "Member" }

type Props = Readonly<{ params: Promise<{ membershipId: string }> }>

export default async function MemberPage({ params }: Props) {
  const { membershipId } = await params
  const person = await currentPerson()
  if (person === null) redirect(signInPath(`/members/${membershipId}`))
  if (!mayReadMembers(person)) return <NeedsRole place="Members" what="Members are seen and looked after" />

  const member = await readMember(person, membershipId).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") notFound()
    throw error
  })
  const own = rolesAt(person, member)
  const isSelf = member.person.personId === person.personId
  const mayChange = !isSelf && mayManageAt(person, member) && mayHandle(own, member.role)
  const place = placeName(person, member)
  const standIns = (await standInsFor(person)).filter(({ absent, standIn }) =>
    [absent.personId, standIn.personId].includes(member.person.personId),
  )

  return (
    <DeskPage
      crumbs={[{ words: "Members", href: "/members" }, { words: member.person.name }]}
      title={<Visible text={member.person.name} />}
      note={roleWords[member.role].explanation}
      actions={
        mayChange && (
          <MemberActions member={member} placeName={place} mayMakeOwners={mayHandle(own, "owner")} />
        )
      }
    >
      <Section title="What is known">
        <FactList>
          <Fact name="E-mail">
            <Visible text={member.person.email} />
          </Fact>
          <Fact name="Role">{roleWords[member.role].title}</Fact>
          <Fact name="In">
            <Visible text={place} />
          </Fact>
          <Fact name="Since">
            <Time at={member.createdAt} as="day" isFocusable />
          </Fact>
          <Fact name="Person">
            <IdText id={member.person.personId} label="Copy the person’s id" />
          </Fact>
          <Fact name="Membership">
            <IdText id={membershipId} label="Copy the membership’s id" />
          </Fact>
        </FactList>
      </Section>
      {standIns.length > 0 && (
        <Section title="While somebody is away" isFlush>
          <StandInTable label="Stand-ins" rows={standIns} />
        </Section>
      )}
      {!mayChange && (
        <p className="px-4 text-sm text-muted md:px-6">
          {isSelf
            ? "Nobody changes or ends their own part: another owner or administrator does."
            : "Your role does not let you change this member."}
        </p>
      )}
    </DeskPage>
  )
}
