import { BreakGlassBanner } from "@/components/break-glass/break-glass-banner"
import { StandInBanner } from "@/components/stand-ins/stand-in-banner"
import type { PersonActor } from "@/lib/access/actor"
import { breakGlassNotices } from "@/lib/approvals/break-glass.queries"

/** What everybody has to hear, and for whom somebody decides. What cannot be read is no reason to show no page. */
export async function ToldLines({ person }: Readonly<{ person: PersonActor }>) {
  const notices = await breakGlassNotices(person).catch(() => [])

  return (
    <>
      <BreakGlassBanner notices={notices} />
      <StandInBanner absent={person.standsInFor} />
    </>
  )
}
