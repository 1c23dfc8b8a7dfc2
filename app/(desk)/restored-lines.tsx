import { RestoredBanner } from "@/components/epochs/restored-banner"
import type { PersonActor } from "@/lib/access/actor"
import { epochNotices } from "@/lib/epochs/epochs.queries"

/** That the database was restored. One that cannot be read is no reason to show no page. */
export async function RestoredLines({ person }: Readonly<{ person: PersonActor }>) {
  const notices = await epochNotices(person).catch(() => [])

  return <RestoredBanner notices={notices} />
}
