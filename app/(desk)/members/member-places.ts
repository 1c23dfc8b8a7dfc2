import type { InvitePlace } from "@/components/members/invite-button"
import type { PersonActor } from "@/lib/access/actor"
import { mayHandle, mayManageAt, rolesAt, type Place } from "@/lib/members/member"

/** What a place is called on screens. */
export function placeName(person: PersonActor, { agencyId, tenantId }: Place): string {
  if (tenantId !== null)
    return person.tenants.find((tenant) => tenant.tenantId === tenantId)?.name ?? tenantId

  const agency = person.agencies.find((candidate) => candidate.agencyId === agencyId)
  return agency === undefined ? "the whole agency" : `${agency.name}, all clients`
}

/** The places that somebody may invite people to: their agencies first. */
export function invitePlaces(person: PersonActor): InvitePlace[] {
  const places: Place[] = [
    ...person.agencies.map(({ agencyId }) => ({ agencyId, tenantId: null })),
    ...person.tenants.map(({ agencyId, tenantId }) => ({ agencyId, tenantId })),
  ]

  return places
    .filter((place) => mayManageAt(person, place))
    .map((place) => ({
      ...place,
      words: placeName(person, place),
      mayMakeOwners: mayHandle(rolesAt(person, place), "owner"),
    }))
}
