import { canonicalize, sha256Hex, type JsonValue } from "@deltaseal/guard/change"
import type { DiffView } from "@/lib/changes/change"
import type { PreparedChange } from "@/lib/changes/changes.service"
import { changedFields } from "@/lib/changes/describe-records"
import { sealContent, type SealedContent } from "@/lib/changes/content-seal"
import { observedKey, observedOf, withoutVersion } from "@/lib/changes/observed"
import { printable } from "@/lib/kernel/text"
import type { StoredChange } from "./calls.repo"

/** A prepared change without its contents, which are stored as sealed blobs by digest. */
export function storedChange(change: PreparedChange): StoredChange {
  return {
    changeHash: change.changeHash,
    beforeStates: observedKey(change.parts.map((part) => observedOf(part.before))),
    afterStates: observedKey(change.parts.map((part) => observedOf(part.after))),
    diffDigest: sha256Hex(diffBytes(change.diff)),
    sentence: change.sentence,
    effects: change.effects,
    flags: change.flags,
    parts: change.parts.map(({ beforeBytes: _before, afterBytes: _after, diff, ...part }) => ({
      ...part,
      targetKey: canonicalize({ kind: part.kind, target: { ...part.target } }),
      beforeObserved: withoutVersion(observedOf(part.before)),
      changedFields: changedFields({ diff }).map(printable),
    })),
  }
}

/** Everything a call brought along, each content once. */
export function contentsOf(
  tenantId: string,
  input: Uint8Array,
  change: PreparedChange | null,
): SealedContent[] {
  const contents = new Map<string, Uint8Array>([[sha256Hex(input), input]])
  for (const { before, after, beforeBytes, afterBytes } of change?.parts ?? []) {
    if (before.state === "present" && beforeBytes !== null) contents.set(before.digest, beforeBytes)
    if (after.state === "present" && afterBytes !== null) contents.set(after.digest, afterBytes)
  }
  if (change !== null) contents.set(sha256Hex(diffBytes(change.diff)), diffBytes(change.diff))

  return [...contents].map(([digest, content]) => sealContent(tenantId, digest, content))
}

function diffBytes(diff: DiffView): Buffer {
  return Buffer.from(canonicalize(diff as unknown as JsonValue), "utf8")
}
