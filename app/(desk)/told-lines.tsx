import { BreakGlassBanner } from "@/components/break-glass/break-glass-banner"
import { CanaryLines } from "@/components/canaries/canary-lines"
import { StandInBanner } from "@/components/stand-ins/stand-in-banner"
import type { PersonActor } from "@/lib/access/actor"
import { breakGlassNotices } from "@/lib/approvals/break-glass.queries"
import { canaryNotices } from "@/lib/canaries/canaries.queries"

/** What everybody has to hear, for whom somebody decides, and what they alone are told. What cannot be read is no reason to show no page. */
export async function ToldLines({ person }: Readonly<{ person: PersonActor }>) {
  const [notices, canaries] = await Promise.all([
    breakGlassNotices(person).catch(() => []),
    canaryNotices(person).catch(() => []),
  ])

  return (
    <>
      <BreakGlassBanner notices={notices} />
      <StandInBanner absent={person.standsInFor} />
      <CanaryLines notices={canaries} />
    </>
  )
}
