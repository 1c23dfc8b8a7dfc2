import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { PasswordForm } from "@/components/account/password-form"
import { SessionTable } from "@/components/account/session-table"
import { OwnAttention } from "@/components/attention/own-attention"
import { AuthenticatorSection } from "@/components/authenticators/authenticator-section"
import { DeskPage } from "@/components/layout/desk-page"
import { Section } from "@/components/layout/section"
import { roleWords } from "@/components/members/role-words"
import { StandInSection } from "@/components/stand-ins/stand-in-section"
import { ConfirmAction } from "@/components/ui/confirm-action"
import { Fact, FactList } from "@/components/ui/fact-list"
import { Visible } from "@/components/ui/visible"
import type { PersonActor } from "@/lib/access/actor"
import { ownAttention } from "@/lib/attention/attention.queries"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { ownAuthenticators } from "@/lib/authenticators/authenticators.service"
import { recoveriesFor } from "@/lib/authenticators/recoveries.service"
import { ownSessions } from "@/lib/members/account.service"
import { possibleStandIns, standInsFor } from "@/lib/stand-ins/stand-ins.service"

export const metadata: Metadata = { title: "Your account" }

export default async function AccountPage() {
  const person = await currentPerson()
  if (person === null) redirect(signInPath("/account"))
  const [sessions, authenticators, recoveries, attention, standIns, possible] = await Promise.all([
    ownSessions(person),
    ownAuthenticators(person),
    recoveriesFor(person),
    ownAttention(person, { days: 30 }),
    standInsFor(person),
    possibleStandIns(person),
  ])

  return (
    <DeskPage crumbs={[{ words: "Your account" }]} title="Your account">
      <Section title="You">
        <FactList>
          <Fact name="Name">
            <Visible text={person.name} />
          </Fact>
          <Fact name="E-mail">
            <Visible text={person.email} />
          </Fact>
          <Fact name="Roles">{rolesInWords(person)}</Fact>
        </FactList>
      </Section>
      <AuthenticatorSection
        email={person.email}
        authenticators={authenticators}
        recoveries={recoveries.filter(({ isAboutYou }) => isAboutYou)}
      />
      <StandInSection
        standIns={standIns.filter(({ isYours, isYou }) => isYours || isYou)}
        possible={possible}
        agencies={Object.fromEntries(person.agencies.map(({ agencyId, name }) => [agencyId, name]))}
      />
      <Section
        title="Where you are signed in"
        isFlush
        actions={
          sessions.length > 1 && (
            <ConfirmAction
              words="End all others"
              busyWords="Ending…"
              title="End all other sessions?"
              said="All other sessions have ended."
              request={{ method: "DELETE", path: "/api/v1/sessions" }}
            >
              <p>Every other browser in which you are signed in is signed out within a second.</p>
            </ConfirmAction>
          )
        }
      >
        <SessionTable sessions={sessions} />
      </Section>
      <OwnAttention view={attention} />
      <Section title="Password">
        <PasswordForm email={person.email} />
      </Section>
    </DeskPage>
  )
}

function rolesInWords({ roles, tenants }: PersonActor): string {
  const named = roles.map(({ role, tenantId }) => {
    const place = tenants.find((tenant) => tenant.tenantId === tenantId)?.name ?? "all clients"
    return `${roleWords[role].title} (${place})`
  })

  return named.length === 0 ? "none" : named.join(", ")
}
