import { cookies } from "next/headers"
import { Suspense, type ReactNode } from "react"
import { inboxEntries } from "@/components/approvals/inbox-entries"
import { Frame } from "@/components/layout/frame"
import { placesFor } from "@/components/layout/places"
import { CountBadge } from "@/components/ui/count-badge"
import type { PersonActor } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { themeIn } from "../theme"
import { inboxOf } from "./inbox-of"
import { RecoveryLines } from "./recovery-lines"
import { RestoredLines } from "./restored-lines"
import { StopLines } from "./stop-lines"
import { ToldLines } from "./told-lines"

/** The frame around the pages. It authorises nothing: each page asks for itself who is looking. */
export default async function DeskLayout({ children }: Readonly<{ children: ReactNode }>) {
  const person = await currentPerson()
  if (person === null) return children

  const roles = [...new Set(person.roles.map(({ role }) => role))]
  const theme = themeIn((await cookies()).get("deltaseal-theme")?.value)

  return (
    <Frame
      person={{ name: person.name, email: person.email, roles }}
      shown={placesFor(roles)}
      tenants={person.tenants.map(({ tenantId, name }) => ({ tenantId, name }))}
      waiting={
        <Suspense fallback={null}>
          <WaitingCount person={person} />
        </Suspense>
      }
      theme={theme}
      stopped={
        <Suspense fallback={null}>
          <StopLines person={person} />
          <RestoredLines person={person} />
          <RecoveryLines person={person} />
          <ToldLines person={person} />
        </Suspense>
      }
    >
      {children}
    </Frame>
  )
}

async function WaitingCount({ person }: Readonly<{ person: PersonActor }>) {
  // A count that cannot be read is no reason to show no page.
  const pending = await inboxOf(person).then(
    (inbox) => inboxEntries(inbox.pending).length,
    () => 0,
  )
  return <CountBadge count={pending} />
}
