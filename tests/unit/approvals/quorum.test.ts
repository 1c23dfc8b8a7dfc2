import fc from "fast-check"
import { expect, test } from "vitest"
import { missingIn, type Counted } from "@/lib/approvals/quorum"

const groups = ["owners", "admins", "reviewers"] as const
const stage = fc.record({
  group: fc.constantFrom(...groups),
  count: fc.integer({ min: 1, max: 2 }),
  alternative: fc.constantFrom(undefined, 1, 2),
})
const crowd = fc.record({ owners: fc.nat(2), admins: fc.nat(2), reviewers: fc.nat(2) })

/** The fewest people who, added to the others, can take every place of some way: tried one more at a time. */
function fewest(
  required: readonly Stage[],
  people: Readonly<Record<(typeof groups)[number], number>>,
): number {
  let tried = [people]
  for (let added = 0; ; added += 1) {
    if (tried.some((some) => isTaken(required, some))) return added
    tried = tried.flatMap((some) => groups.map((group) => ({ ...some, [group]: some[group] + 1 })))
  }
}

type Stage = Readonly<{ group: (typeof groups)[number]; count: number; alternative: number | undefined }>

function isTaken(
  required: readonly Stage[],
  people: Readonly<Record<(typeof groups)[number], number>>,
): boolean {
  const numbers = new Set(required.flatMap(({ alternative }) => alternative ?? []))
  return [...(numbers.size === 0 ? [undefined] : numbers)].some((number) => {
    const left = { ...people }
    const places = required
      .filter(({ alternative }) => alternative === undefined || alternative === number)
      .flatMap(({ group, count }) => Array<(typeof groups)[number]>(count).fill(group))
      .sort((a, b) => groups.indexOf(a) - groups.indexOf(b))
    return places.every((group) => {
      const one = groups
        .slice(0, groups.indexOf(group) + 1)
        .toReversed()
        .find((candidate) => left[candidate] > 0)
      if (one !== undefined) left[one] -= 1
      return one !== undefined
    })
  })
}

test("says how many people it takes still, and nobody counts for two places", () => {
  fc.assert(
    fc.property(fc.array(stage, { minLength: 1, maxLength: 3 }), crowd, (required, people) => {
      const { owners, admins, reviewers } = people
      const counted: Counted = { owners, admins: owners + admins, voters: owners + admins + reviewers }

      expect(missingIn(required, counted)).toBe(fewest(required, people))
    }),
    { numRuns: 500 },
  )
})

test("asks for one person even where nothing is asked for", () => {
  expect(missingIn([], { owners: 0, admins: 0, voters: 0 })).toBe(1)
  expect(missingIn([], { owners: 0, admins: 0, voters: 1 })).toBe(0)
})
