import { RecoveryBanner } from "@/components/authenticators/recovery-banner"
import type { PersonActor } from "@/lib/access/actor"
import { recoveriesFor } from "@/lib/authenticators/recoveries.service"

/** The banner of recoveries that wait. One that cannot be read is no reason to show no page. */
export async function RecoveryLines({ person }: Readonly<{ person: PersonActor }>) {
  const recoveries = await recoveriesFor(person).catch(() => [])

  return <RecoveryBanner recoveries={recoveries.filter(({ status }) => status === "open")} />
}
