import type { JsonValue } from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { compareStrictness } from "./loosening"
import type { CheckedPackView } from "./pack.schema"
import { newestOfPack } from "./packs.queries"
import type { PolicyDocument } from "./policy"
import { diffPolicies } from "./policy-diff"
import { readPolicy } from "./policy-text"

/**
 * Says what is wrong with a text that is to become a pack.
 *
 * @throws AppError `forbidden` for who acts in clients only
 */
export function checkNewPack(actor: PersonActor, text: string): CheckedPackView {
  if (actor.agencies.length === 0) {
    throw new AppError("forbidden", "You have no role in an agency as a whole.")
  }
  const read = readPolicy(text)

  return { problems: read.ok ? [] : [...read.problems], against: null, comparison: null }
}

/** Says what is wrong with a draft, or what it changes of a pack's newest version. @throws AppError `not_found` */
export async function checkPackDraft(
  actor: PersonActor,
  packId: string,
  text: string,
): Promise<CheckedPackView> {
  const newest = await newestOfPack(actor, packId)
  const read = readPolicy(text)
  if (!read.ok) return { problems: [...read.problems], against: newest.version, comparison: null }

  const before = packDocument(newest.text)
  const { loosens, tightens } =
    before === null ? { loosens: [], tightens: [] } : compareStrictness(before, read.document)
  return {
    problems: [],
    against: newest.version,
    comparison: {
      isSame: text === newest.text,
      diff: diffPolicies(before as unknown as JsonValue, read.document as unknown as JsonValue),
      loosens: [...loosens],
      tightens: [...tightens],
    },
  }
}

/** What a pack's text says; null where this release no longer reads it. */
export function packDocument(text: string): PolicyDocument | null {
  const read = readPolicy(text)

  return read.ok ? read.document : null
}
