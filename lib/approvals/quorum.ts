type Stage = Readonly<{ group: string; count: number; alternative?: number | undefined }>

/** How many votes count now: of owners, of owners and admins, and of all who may vote. */
export type Counted = Readonly<{ owners: number; admins: number; voters: number }>

/** An approving vote that does not count now, and why. */
export type Uncounted = Readonly<{
  personId: string
  why: "no_reason" | "unsigned" | "as_one" | "ineligible"
}>

export const nobody: Counted = { owners: 0, admins: 0, voters: 0 }

/** How many people of a group are asked for, and how many of those are there. */
export type Place = Readonly<{ group: string; count: number; filled: number }>

/** Each way in which people can give what is asked for, as its stages; one is enough. */
export function waysIn(required: readonly Stage[]): readonly (readonly Stage[])[] {
  const numbers = [...new Set(required.flatMap(({ alternative }) => alternative ?? []))]
  if (numbers.length === 0) return [required]

  return numbers.map((number) =>
    required.filter(({ alternative }) => alternative === undefined || alternative === number),
  )
}

/**
 * The groups of one way with how many of each are there, the narrowest first.
 * Whoever is not needed in a narrow group counts in the wider one around it.
 */
export function placesOf(way: readonly Stage[], { owners, admins, voters }: Counted): readonly Place[] {
  const needed = (group: string) =>
    way.filter((stage) => stage.group === group).reduce((sum, { count }) => sum + count, 0)
  const ofOwners = place("owners", needed("owners"), owners)
  const ofAdmins = place("admins", needed("admins"), admins - ofOwners.filled)
  const rest = way.reduce((sum, { count }) => sum + count, 0) - ofOwners.count - ofAdmins.count
  const isAnybodyAsked = ofOwners.count + ofAdmins.count + rest > 0
  const ofReviewers = place(
    "reviewers",
    isAnybodyAsked ? rest : 1,
    voters - ofOwners.filled - ofAdmins.filled,
  )

  return [ofOwners, ofAdmins, ofReviewers].filter(({ count }) => count > 0)
}

function place(group: string, count: number, there: number): Place {
  return { group, count, filled: Math.max(0, Math.min(count, there)) }
}

/** How many more people it takes at least, as the database counts it; 0 where it is decided. */
export function missingIn(required: readonly Stage[], counted: Counted): number {
  const ways = waysIn(required).map((way) =>
    placesOf(way, counted).reduce((sum, { count, filled }) => sum + count - filled, 0),
  )

  return Math.min(...ways)
}
