import type { PersonActor } from "@/lib/access/actor"
import { comparePolicies, effectIn, knownPolicy, type Compared } from "./comparing.service"
import type { PreviewBody, PreviewRow, RolloutPreview } from "./rollout.schema"
import { rolloutPlaces, type RolloutPlace } from "./rollouts.queries"
import { builtInVersion, openDocument } from "./stored-policy.service"

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
  const compared = ({ version, stored }: RolloutPlace): Compared => {
    const name = `${version === builtInVersion} ${stored?.digest} ${stored?.text === draft.text}`
    const value = known.get(name) ?? comparePolicies({ version, known: knownPolicy(version, stored) }, draft)
    known.set(name, value)
    return value
  }

  return { items: items.map((place) => toRow(place, compared(place))), nextCursor }
}

function toRow(place: RolloutPlace, compared: Compared): PreviewRow {
  const { tenantId, name, version } = place

  return {
    tenantId,
    name,
    basedOn: version,
    isSame: compared.judged.isSame,
    ...effectIn(place, compared),
  }
}
