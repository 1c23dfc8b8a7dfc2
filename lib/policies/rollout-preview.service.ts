import type { JsonValue } from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { judgeAgainst, type Judgement } from "./judging.service"
import type { PreviewBody, PreviewRow, RolloutPreview } from "./pack.schema"
import { builtInPolicy, type PolicyDocument } from "./policy"
import { diffPolicies } from "./policy-diff"
import { writePolicy } from "./policy-text"
import { rolloutPlaces, type RolloutPlace } from "./rollouts.queries"
import { builtInVersion, openDocument, type KnownPolicy } from "./stored-policy.service"

type Compared = Readonly<{ judged: Judgement; diff: PreviewRow["diff"] }>

/**
 * Says what rolling a pack out would do in each client, and does nothing.
 *
 * @throws AppError `not_found`, `policy_unavailable` when the pack cannot be read
 */
export async function previewRollout(
  actor: PersonActor,
  packId: string,
  body: PreviewBody,
): Promise<RolloutPreview> {
  const { pack, items, nextCursor } = await rolloutPlaces(actor, packId, body)
  const draft = { document: openDocument(pack), text: pack.text }
  // Clients under the same policy are compared once: mostly an earlier version of this very pack.
  const known = new Map<string, Compared>()
  const compared = (place: RolloutPlace): Compared => {
    const name = `${place.version === builtInVersion} ${place.stored?.digest} ${place.stored?.text === draft.text}`
    const value = known.get(name) ?? compare(place, draft)
    known.set(name, value)
    return value
  }

  return { items: items.map((place) => toRow(place, compared(place))), nextCursor }
}

type Draft = Readonly<{ document: PolicyDocument; text: string }>

function compare(place: RolloutPlace, draft: Draft): Compared {
  const judged = judgeAgainst(inForceAt(place), place.version, draft)

  return { judged, diff: diffPolicies(judged.before, draft.document as unknown as JsonValue) }
}

/** Null where it cannot be read. */
function inForceAt({ version, stored }: RolloutPlace): KnownPolicy | null {
  if (version === builtInVersion) {
    return { version, document: builtInPolicy, text: writePolicy(builtInPolicy) }
  }
  if (stored === null) return null

  try {
    return { version, document: openDocument(stored), text: stored.text }
  } catch (error) {
    if (error instanceof AppError && error.code === "policy_unavailable") return null
    throw error
  }
}

function toRow(place: RolloutPlace, { judged, diff }: Compared): PreviewRow {
  const { tenantId, name, version, hasSecondPerson, hasOpenProposal } = place
  const { isSame, loosens, tightens, needsSecondPerson } = judged
  const waits = hasSecondPerson ? "second_person" : "after_notice"

  return {
    tenantId,
    name,
    basedOn: version,
    isSame,
    diff: [...diff],
    loosens: [...loosens],
    tightens: [...tightens],
    needsSecondPerson,
    takesEffect: needsSecondPerson ? waits : "at_once",
    hasOpenProposal,
  }
}
