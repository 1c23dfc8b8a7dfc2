import type { Metadata } from "next"
import Link from "next/link"
import { notFound, redirect } from "next/navigation"
import { CanarySetting } from "@/components/canaries/canary-setting"
import { DeskPage } from "@/components/layout/desk-page"
import { Section } from "@/components/layout/section"
import { InviteButton } from "@/components/members/invite-button"
import { MemberTable } from "@/components/members/member-table"
import { NeedsRole } from "@/components/members/needs-role"
import { ClientActions, StopClient } from "@/components/tenants/client-actions"
import { ClientStatus } from "@/components/tenants/client-status"
import { Fact, FactList } from "@/components/ui/fact-list"
import { IdText } from "@/components/ui/id-text"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import { may, mayInAgency } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { canaryResults } from "@/lib/canaries/canaries.queries"
import { AppError } from "@/lib/errors/app-error"
import { listMembers } from "@/lib/members/members.queries"
import { readTenant } from "@/lib/tenants/tenants.queries"
import { invitePlaces, placeName } from "../../members/member-places"

export const metadata: Metadata = { title: "Client" }

type Props = Readonly<{ params: Promise<{ tenantId: string }> }>

export default async function ClientPage({ params }: Props) {
  const { tenantId } = await params
  const person = await currentPerson()
  if (person === null) redirect(signInPath(`/clients/${tenantId}`))
  const tenant = await readTenant(person, tenantId).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") notFound()
    throw error
  })
  if (!may(person, "member:read", tenantId)) {
    return <NeedsRole place="Clients" what="Clients are looked after" />
  }

  const members = await listMembers(person, { tenantId })
  const canaries = may(person, "canary:manage", tenantId) ? await canaryResults(person, tenantId, null) : null
  const places = invitePlaces(person).filter((place) => place.tenantId === tenantId)

  return (
    <DeskPage
      crumbs={[{ words: "Clients", href: "/clients" }, { words: tenant.name }]}
      title={<Visible text={tenant.name} />}
      mark={<ClientStatus status={tenant.status} />}
      note={
        tenant.status === "suspended"
          ? "Suspended: none of its keys work, and nothing of it waits for a decision."
          : undefined
      }
      actions={
        mayInAgency(person, "tenant:change", tenant.agencyId) ? (
          <ClientActions tenant={tenant} />
        ) : (
          tenant.status === "active" &&
          may(person, "kill:switch", tenantId) && <StopClient tenantId={tenantId} name={tenant.name} />
        )
      }
    >
      <Section title="What is known">
        <FactList>
          <Fact name="Client id">
            <IdText id={tenantId} label="Copy the client’s id" />
          </Fact>
          <Fact name="Since">
            <Time at={tenant.createdAt} as="day" isFocusable />
          </Fact>
          <Fact name="Policy">version {tenant.policyVersion}</Fact>
          <Fact name="Go to">
            <span className="flex flex-wrap gap-x-4 gap-y-1">
              {ways.map(({ words, path }) => (
                <Link
                  key={words}
                  href={`${path}?tenant=${tenantId}`}
                  className="rounded text-accent underline underline-offset-4"
                >
                  {words}
                </Link>
              ))}
            </span>
          </Fact>
        </FactList>
      </Section>
      <Section
        title="Who can act in it"
        isFlush
        actions={places.length > 0 && <InviteButton places={places} chosenTenantId={tenantId} isPlain />}
      >
        <MemberTable
          label="Members"
          members={members.items}
          placeOf={(place) => placeName(person, place)}
          personId={person.personId}
        />
      </Section>
      {canaries !== null && <CanarySetting view={canaries} />}
    </DeskPage>
  )
}

const ways = [
  { words: "its inbox", path: "/inbox" },
  { words: "its runs", path: "/runs" },
  { words: "its keys", path: "/keys" },
  { words: "its tools", path: "/tools" },
] as const
