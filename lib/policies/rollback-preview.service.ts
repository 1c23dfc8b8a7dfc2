import type { PersonActor } from "@/lib/access/actor"
import { comparePolicies, effectIn, knownPolicy, type Compared } from "./comparing.service"
import { rollBackPlaces, type RollBackPlace } from "./rollback.queries"
import { neverTookEffect, movedSince } from "./rollback-words"
import type { RollBackPreview, RollBackRow } from "./rollout.schema"

/**
 * Says what rolling a rollout back would do in each client that it reached, and does nothing.
 *
 * @throws AppError `not_found`
 */
export async function previewRollBack(
  actor: PersonActor,
  packId: string,
  rolloutId: string,
): Promise<RollBackPreview> {
  const places = await rollBackPlaces(actor, packId, rolloutId)
  const known = new Map<string, Compared | null>()
  const compared = (place: RollBackPlace) => {
    const name = [place.rolledOut?.digest, place.before?.digest, place.before?.text].join(" ")
    const value = known.has(name) ? (known.get(name) ?? null) : compare(place)
    known.set(name, value)
    return value
  }

  return { items: places.map((place) => toRow(place, compared)) }
}

/** What was in force before, against what was rolled out; null where it cannot be read. */
function compare({ version, rolledOut, before }: RollBackPlace): Compared | null {
  const restored = rolledOut === null ? null : knownPolicy(rolledOut.basedOn, before)
  if (restored === null) return null

  return comparePolicies({ version, known: knownPolicy(version, rolledOut) }, restored)
}

function toRow(place: RollBackPlace, compared: (place: RollBackPlace) => Compared | null): RollBackRow {
  const { tenantId, name, version, rolledOut, waits } = place
  const row = { tenantId, name, restores: null, code: null, message: null, ...nothing(place) }
  const left = (code: string, message: string) => ({ ...row, action: "leave" as const, code, message })
  if (waits) return { ...row, action: "take_back" }
  if (rolledOut === null) return left("no_change", neverTookEffect)
  if (rolledOut.version !== version) return left("conflict", movedSince(version))

  const found = compared(place)
  if (found === null) {
    return left("policy_unavailable", `Version ${rolledOut.basedOn} of the policy cannot be read.`)
  }
  return { ...row, action: "restore", restores: rolledOut.basedOn, ...effectIn(place, found) }
}

function nothing({ hasOpenProposal }: RollBackPlace) {
  return {
    diff: [],
    loosens: [],
    tightens: [],
    needsSecondPerson: false,
    takesEffect: "at_once" as const,
    hasOpenProposal,
  }
}
