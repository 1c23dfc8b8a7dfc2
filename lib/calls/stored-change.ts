import { canonicalize, sha256Hex, type JsonValue } from "@deltaseal/guard/change"
import type { DiffView } from "@/lib/changes/change"
import type { PreparedChange } from "@/lib/changes/changes.service"
import { changedFields } from "@/lib/changes/describe-records"
import { sealContent, type SealedContent } from "@/lib/changes/content-seal"
import { observedBefore, observedKey, observedOf, rememberedTarget } from "@/lib/changes/observed"
import { printable } from "@/lib/kernel/text"
import type { StoredChange } from "./calls.repo"

/** A prepared change without its contents, which are stored as sealed blobs by digest. */
export function storedChange(change: PreparedChange, diffDigest: string): StoredChange {
  return {
    changeHash: change.changeHash,
    beforeStates: observedKey(observedBefore(change.parts)),
    afterStates: observedKey(change.parts.map((part) => observedOf(part.after))),
    diffDigest,
    sentence: change.sentence,
    effects: change.effects,
    flags: change.flags,
    parts: change.parts.map(({ beforeBytes: _before, afterBytes: _after, diff, ...part }) => ({
      ...part,
      ...rememberedTarget(part, change.changeHash),
      changedFields: changedFields({ diff }).map(printable),
    })),
  }
}

/** Bytes with the digest that finds them. */
type Content = Readonly<{ digest: string; bytes: Uint8Array }>

/** Everything a call brought along, each content once. */
export function contentsOf(
  tenantId: string,
  { input, change, diff }: Readonly<{ input: Content; change: PreparedChange | null; diff: Content | null }>,
): SealedContent[] {
  const contents = new Map<string, Uint8Array>([[input.digest, input.bytes]])
  for (const { before, after, beforeBytes, afterBytes } of change?.parts ?? []) {
    if (before.state === "present" && beforeBytes !== null) contents.set(before.digest, beforeBytes)
    if (after.state === "present" && afterBytes !== null) contents.set(after.digest, afterBytes)
  }
  if (diff !== null) contents.set(diff.digest, diff.bytes)

  return [...contents].map(([digest, content]) => sealContent(tenantId, digest, content))
}

/** A diff as it is stored: the JCS of its view. */
export function diffContent(diff: DiffView): Content {
  const bytes = Buffer.from(canonicalize(diff as unknown as JsonValue), "utf8")

  return { digest: sha256Hex(bytes), bytes }
}
