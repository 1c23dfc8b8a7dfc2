import type { Approval } from "./answers.ts"
import type { Effects } from "./approved-change.ts"
import { canonicalize, type JsonValue } from "./canonical.ts"
import type { ConfigDigest } from "./config-part.ts"
import { GuardError } from "./guard-error.ts"
import { isSameState } from "./next-step.ts"
import { observeAll, placesOf } from "./places.ts"
import { propose, type Proposal } from "./proposal.ts"

/** Some parts of a change as one of their own, and the others by their places in it, from 0. */
export type Part = Readonly<{ proposal: Proposal; leftOut: readonly number[] }>

/**
 * The change that an approval in part is about, made of the guard's own parts:
 * the server only says which of them, and the hash has to come out the same.
 *
 * @throws GuardError `hash_mismatch` for anything but some of these parts in their order
 */
export function partOf(whole: Proposal, approval: Approval, configDigest?: ConfigDigest): Part {
  const chosen = placesIn(whole, approval.shownParts)
  if (chosen.length === 0 || chosen.length >= whole.parts.length) throw notOurs()

  const { tenantId, runId, tool, tier, input, dryRun } = whole
  const parts = whole.parts.filter((_, index) => chosen.includes(index))
  const proposal = propose({ tenantId, runId, tool, tier, input, dryRun }, parts, configDigest)
  const isSame =
    approval.changeHash === proposal.changeHash && approval.runId === runId && approval.tenantId === tenantId
  if (!isSame) throw notOurs()

  return { proposal, leftOut: [...whole.parts.keys()].filter((index) => !chosen.includes(index)) }
}

function placesIn({ bound }: Proposal, shown: readonly JsonValue[]): number[] {
  const own = bound.map((part) => canonicalize(part))
  const places: number[] = []
  for (const part of shown) {
    const place = own.indexOf(canonicalize(part), (places.at(-1) ?? -1) + 1)
    if (place === -1) throw notOurs()
    places.push(place)
  }
  return places
}

function notOurs(): GuardError {
  return new GuardError("hash_mismatch", "What people approved is not some of the parts that were asked for.")
}

/** A tool that is watched while it applies: what it does to the parts that nobody approved. */
export type Watched = Readonly<{
  effects: Effects
  /** The parts that are not as they were when it began; none where it never did. */
  strayed: () => Promise<readonly number[]>
}>

/** Looks at the left-out parts right before and after; of what happens once nothing can be seen. */
export function watchLeftOut({ bound }: Proposal, leftOut: readonly number[], effects: Effects): Watched {
  const places = placesOf(bound).filter(({ part, target }) => target !== null && leftOut.includes(part))
  // What cannot be looked at is no reason to keep from doing, or from telling, what was approved.
  const look = async () => await observeAll(places, effects).catch(() => null)
  let atFirst: Awaited<ReturnType<typeof look>> = null

  return {
    effects: {
      ...effects,
      apply: async (change) => {
        atFirst = await look()
        return await effects.apply(change)
      },
    },
    strayed: async () => {
      const atLast = atFirst && (await look())
      const moved = atLast?.filter(({ live }, index) => {
        const earlier = atFirst?.[index]
        return earlier !== undefined && !isSameState(earlier.live, live)
      })
      return [...new Set(moved?.map(({ part }) => part))]
    },
  }
}
