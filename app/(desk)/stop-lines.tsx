import { StopBanner } from "@/components/stops/stop-banner"
import type { PersonActor } from "@/lib/access/actor"
import { listStops } from "@/lib/stops/stops.queries"

/** The banner of what is stopped. One that cannot be read is no reason to show no page. */
export async function StopLines({ person }: Readonly<{ person: PersonActor }>) {
  const stops = await listStops(person).catch(() => [])
  const tenantNames = Object.fromEntries(person.tenants.map(({ tenantId, name }) => [tenantId, name]))

  return <StopBanner stops={stops} tenantNames={tenantNames} />
}
