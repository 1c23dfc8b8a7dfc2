import {
  permissions,
  permissionsInPlaceOf,
  permissionsWithinRun,
  type Permission,
  type Role,
  type Scope,
} from "./permissions"

/** A tenant that a person may see, and the roles they hold in it. */
export type TenantAccess = Readonly<{
  tenantId: string
  agencyId: string
  name: string
  status: "active" | "suspended"
  roles: readonly Role[]
}>

/** An agency in which a person holds roles that reach all of its tenants. */
export type AgencyAccess = Readonly<{ agencyId: string; name: string; roles: readonly Role[] }>

/** Somebody who is away, in whose place a person votes until then. */
export type Absent = Readonly<{
  personId: string
  name: string
  agencyId: string
  endsAt: string
  roles: readonly Readonly<{ role: Role; tenantId: string | null }>[]
}>

/** A person with a live session. Everything here was read from live rows for this request. */
export type PersonActor = Readonly<{
  kind: "person"
  sessionId: string
  personId: string
  name: string
  email: string
  roles: readonly Readonly<{ role: Role; tenantId: string | null }>[]
  tenants: readonly TenantAccess[]
  agencies: readonly AgencyAccess[]
  standsInFor: readonly Absent[]
}>

/** An API key that was found live for this request. It belongs to one tenant and can never vote. */
export type KeyActor = Readonly<{
  kind: "key"
  tenantId: string
  keyId: string
  /** The first key of its line of rotations: keys of one family are one key that changed its secret. */
  familyId: string
  ownerId: string
  createdById: string
  environments: readonly string[]
  scopes: readonly Scope[]
  /** The run token that was presented in the key's place; it reaches its run and nothing else. */
  token: Readonly<{ tokenId: string; runId: string }> | null
}>

export type Actor = PersonActor | KeyActor

/** Whether this actor may do this in this tenant. Default: no. */
export function may(actor: Actor, permission: Permission, tenantId: string): boolean {
  const grant: Readonly<{ roles: readonly Role[]; scopes: readonly Scope[] }> = permissions[permission]
  if (actor.kind === "key") {
    return (
      actor.tenantId === tenantId &&
      isWithinToken(actor, permission) &&
      grant.scopes.some((scope) => actor.scopes.includes(scope))
    )
  }

  const held = permissionsInPlaceOf.includes(permission)
    ? votingRolesIn(actor, tenantId)
    : rolesIn(actor, tenantId)
  return held.some((role) => grant.roles.includes(role))
}

/** Whether this is something that a run token, where one was presented, can be used for at all. */
export function isWithinToken({ token }: KeyActor, permission: Permission): boolean {
  return token === null || permissionsWithinRun.includes(permission)
}

/** Whether a person may do this to the agency itself, or in all of its tenants at once. */
export function mayInAgency(person: PersonActor, permission: Permission, agencyId: string): boolean {
  const grant: Readonly<{ roles: readonly Role[] }> = permissions[permission]
  const agency = person.agencies.find((candidate) => candidate.agencyId === agencyId)

  return agency?.roles.some((role) => grant.roles.includes(role)) ?? false
}

/** The roles a person holds in a tenant, through the agency or directly. */
export function rolesIn(actor: PersonActor, tenantId: string): readonly Role[] {
  return actor.tenants.find((tenant) => tenant.tenantId === tenantId)?.roles ?? []
}

/** The same with those of whoever they stand in for; none where they have no part of their own. */
export function votingRolesIn(actor: PersonActor, tenantId: string): readonly Role[] {
  const tenant = actor.tenants.find((candidate) => candidate.tenantId === tenantId)
  if (tenant === undefined) return []
  const lent = actor.standsInFor
    .filter(({ agencyId }) => agencyId === tenant.agencyId)
    .flatMap(({ roles }) => roles.filter((part) => part.tenantId === null || part.tenantId === tenantId))

  return [...new Set([...tenant.roles, ...lent.map(({ role }) => role)])]
}

/**
 * The runs an actor may know of, as a condition on them: a key is bound to its
 * environments, a run token to its run, a person to none. Safe to spread beside
 * other conditions.
 */
export function runsOf(actor: Actor): { AND?: RunCondition[] } {
  if (actor.kind !== "key") return {}

  const inEnvironments = { environment: { in: [...actor.environments] } }
  return { AND: actor.token === null ? [inEnvironments] : [inEnvironments, { runId: actor.token.runId }] }
}

type RunCondition = Readonly<{ environment: { in: string[] } }> | Readonly<{ runId: string }>
