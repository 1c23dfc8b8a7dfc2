/** Who may decide, from SPEC 4.3 alone: by trying every way, with nothing of the product in it. */

export type Group = "owners" | "admins" | "reviewers"
export type Stage = Readonly<{ group: Group; count: number; alternative?: number }>

/** A person as they are at the moment of the judgement, by their number. */
export type Person = Readonly<{
  /** In the client that is asked about, in their own right. */
  roles: readonly string[]
  isDisabled: boolean
  /** Owns or made the key that asks, operates the run, or edited the rules within a day. */
  isPartOfIt: boolean
}>

export type Cast = Readonly<{ by: number; onBehalfOf: number | null }>

export type Organisation = Readonly<{
  people: readonly Person[]
  stages: readonly Stage[]
  /** Who stands in for whom now. */
  standIns: readonly Readonly<{ person: number; absent: number }>[]
}>

const holders: Readonly<Record<Group, readonly string[]>> = {
  owners: ["owner"],
  admins: ["owner", "admin"],
  reviewers: ["owner", "admin", "reviewer"],
}

/** Whether some of these votes fill a whole way, each person at one place of it at the most. */
export function mayBeApproved(organisation: Organisation, votes: readonly Cast[]): boolean {
  const good = votes.filter((vote) => counts(organisation, vote))

  return waysOf(organisation.stages).some((way) => {
    const places = way.flatMap(({ group, count }) => Array.from({ length: count }, () => group))
    return fills(organisation, good, places.length === 0 ? ["reviewers"] : places)
  })
}

function counts({ people, standIns }: Organisation, { by, onBehalfOf }: Cast): boolean {
  const concerned = onBehalfOf === null ? [by] : [by, onBehalfOf]
  if (concerned.some((number) => people[number]?.isPartOfIt !== false)) return false
  if (people[by]?.isDisabled !== false) return false

  return onBehalfOf === null || standIns.some(({ person, absent }) => person === by && absent === onBehalfOf)
}

function waysOf(stages: readonly Stage[]): readonly (readonly Stage[])[] {
  const numbers = new Set(stages.flatMap(({ alternative }) => alternative ?? []))
  if (numbers.size === 0) return [stages]

  return [...numbers].map((number) =>
    stages.filter(({ alternative }) => alternative === undefined || alternative === number),
  )
}

function fills(organisation: Organisation, votes: readonly Cast[], places: readonly Group[]): boolean {
  const [group, ...rest] = places
  if (group === undefined) return true

  return votes.some((vote) => {
    if (!rolesOf(organisation, vote).some((role) => holders[group].includes(role))) return false
    return fills(
      organisation,
      votes.filter((other) => !isOfSame(vote, other)),
      rest,
    )
  })
}

function rolesOf({ people }: Organisation, { by, onBehalfOf }: Cast): readonly string[] {
  const lent = onBehalfOf === null ? [] : (people[onBehalfOf]?.roles ?? [])

  return [...(people[by]?.roles ?? []), ...lent]
}

function isOfSame(one: Cast, other: Cast): boolean {
  const people = [one.by, one.onBehalfOf].filter((number) => number !== null)

  return people.includes(other.by) || (other.onBehalfOf !== null && people.includes(other.onBehalfOf))
}
