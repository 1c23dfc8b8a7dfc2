import { AddedBanner } from "@/components/authenticators/added-banner"
import { RecoveryBanner } from "@/components/authenticators/recovery-banner"
import type { PersonActor } from "@/lib/access/actor"
import { addedElsewhere } from "@/lib/authenticators/authenticators.service"
import { recoveriesFor } from "@/lib/authenticators/recoveries.service"

/** What somebody has to hear about authenticators. What cannot be read is no reason to show no page. */
export async function RecoveryLines({ person }: Readonly<{ person: PersonActor }>) {
  const [added, recoveries] = await Promise.all([
    addedElsewhere(person).catch(() => []),
    recoveriesFor(person).catch(() => []),
  ])

  return (
    <>
      <AddedBanner added={added} />
      <RecoveryBanner recoveries={recoveries.filter(({ status }) => status === "open")} />
    </>
  )
}
