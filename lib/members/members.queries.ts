import { may, mayInAgency, type PersonActor } from "@/lib/access/actor"
import type { Permission } from "@/lib/access/permissions"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import { toInvitationView, type InvitationList } from "./invitation.schema"
import { roles } from "./member"
import { toMemberView, type MemberList, type MemberView } from "./member.schema"

const pageSize = 100

export type MemberFilter = Readonly<{ tenantId?: string | undefined; cursor?: string | undefined }>

/**
 * Who has a role, oldest first, a page at a time: in a whole agency for who may
 * read there, in a client with those of the agency who reach into it. The
 * cursor is the last id of the page before.
 *
 * @throws AppError `forbidden` when no role of theirs reads members anywhere
 */
export const listMembers: (actor: PersonActor, filter: MemberFilter) => Promise<MemberList> = (
  actor,
  filter,
) => readMembers(actor, { ...filter, person: actor })

const readMembers = query(
  "member:read",
  async (
    { db },
    { person, tenantId, cursor }: MemberFilter & { person: PersonActor },
  ): Promise<MemberList> => {
    const rows = await db.membership.findMany({
      where: {
        endedAt: null,
        ...(cursor === undefined ? {} : { membershipId: { gt: cursor } }),
        AND: [{ OR: readablePlaces(person, true) }, ...reachInto(person, tenantId)],
      },
      include: { person: { select: { name: true, email: true } } },
      orderBy: { membershipId: "asc" },
      take: pageSize + 1,
    })
    const page = rows.slice(0, pageSize)

    return {
      items: page.map(({ person: { name, email }, ...row }) =>
        toMemberView({ ...row, role: knownRole(row.role), name, email }),
      ),
      nextCursor: rows.length > pageSize ? (page.at(-1)?.membershipId ?? null) : null,
    }
  },
)

/** @throws AppError `not_found`, `forbidden` */
export const readMember: (actor: PersonActor, membershipId: string) => Promise<MemberView> = (
  actor,
  membershipId,
) => readOne(actor, { person: actor, membershipId })

const readOne = query(
  "member:read",
  async ({ db }, given: Readonly<{ person: PersonActor; membershipId: string }>): Promise<MemberView> => {
    const { person, membershipId } = given
    const found = await db.membership.findFirst({
      where: { membershipId, endedAt: null, OR: readablePlaces(person, true) },
      include: { person: { select: { name: true, email: true } } },
    })
    if (found === null) throw new AppError("not_found")

    const { name, email } = found.person
    return toMemberView({ ...found, role: knownRole(found.role), name, email })
  },
)

/** Invitations that nobody has accepted or taken back, newest first. */
export const listInvitations: (actor: PersonActor, filter: MemberFilter) => Promise<InvitationList> = (
  actor,
  filter,
) => readInvitations(actor, { ...filter, person: actor })

const readInvitations = query(
  "member:read",
  async (
    { db, now },
    { person, tenantId, cursor }: MemberFilter & { person: PersonActor },
  ): Promise<InvitationList> => {
    const rows = await db.invitation.findMany({
      where: {
        acceptedAt: null,
        revokedAt: null,
        ...(cursor === undefined ? {} : { invitationId: { lt: cursor } }),
        AND: [{ OR: readablePlaces(person, false) }, ...reachInto(person, tenantId)],
      },
      include: { invitedBy: { select: { name: true } } },
      orderBy: { invitationId: "desc" },
      take: pageSize + 1,
    })
    const page = rows.slice(0, pageSize)

    return {
      items: page.map(({ invitedBy, ...row }) =>
        toInvitationView(
          { ...row, role: knownRole(row.role), invitedByName: invitedBy.name },
          row.expiresAt > now ? "pending" : "expired",
        ),
      ),
      nextCursor: rows.length > pageSize ? (page.at(-1)?.invitationId ?? null) : null,
    }
  },
)

type PlaceCondition = Readonly<{
  agencyId?: string | { in: string[] }
  tenantId?: string | null | { in: string[] }
}>

/**
 * Places whose people somebody may read. These tables stand above tenants, so
 * row-level security does not do this for us.
 *
 * @param withReach with the members of an agency who reach into a client that one may read
 */
function readablePlaces(person: PersonActor, withReach: boolean): PlaceCondition[] {
  const permission: Permission = "member:read"
  const agencies = person.agencies.filter(({ agencyId }) => mayInAgency(person, permission, agencyId))
  const tenants = person.tenants.filter(({ tenantId }) => may(person, permission, tenantId))
  const hasPart = person.agencies.length > 0 || person.tenants.length > 0
  if (hasPart && agencies.length === 0 && tenants.length === 0) throw new AppError("forbidden")

  return [
    { agencyId: { in: agencies.map(({ agencyId }) => agencyId) } },
    { tenantId: { in: tenants.map(({ tenantId }) => tenantId) } },
    ...(withReach ? [{ agencyId: { in: tenants.map(({ agencyId }) => agencyId) }, tenantId: null }] : []),
  ]
}

/** A filter by client: its own people and those of its agency. What one may not see has nobody. */
function reachInto(person: PersonActor, tenantId: string | undefined): { OR: PlaceCondition[] }[] {
  if (tenantId === undefined) return []
  const tenant = person.tenants.find((candidate) => candidate.tenantId === tenantId)
  // An empty OR inside an AND is no condition at all to Prisma.
  if (tenant === undefined) return [{ OR: [{ agencyId: { in: [] } }] }]

  return [{ OR: [{ tenantId }, { agencyId: tenant.agencyId, tenantId: null }] }]
}

function knownRole(text: string) {
  const role = roles.find((name) => name === text)
  if (role === undefined) throw new AppError("internal", "A member has a role we do not know.")

  return role
}
