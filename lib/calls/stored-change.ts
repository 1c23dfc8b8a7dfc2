import { canonicalize, sha256Hex, type JsonValue } from "@deltaseal/guard/change"
import type { DiffView } from "@/lib/changes/change"
import type { PreparedChange } from "@/lib/changes/changes.service"
import { changedFields } from "@/lib/changes/describe-records"
import { sealContent, type SealedContent } from "@/lib/changes/content-seal"
import { observedBefore, observedKey, observedOf, rememberedTarget } from "@/lib/changes/observed"
import { normalAddress } from "@/lib/changes/mail-address"
import { printable } from "@/lib/kernel/text"
import type { StoredChange } from "./calls.repo"
import { recipientMac } from "./recipient-mac"

/** A prepared change without its contents, which are stored as sealed blobs by digest. */
export function storedChange(tenantId: string, change: PreparedChange, diffDigest: string): StoredChange {
  return {
    changeHash: change.changeHash,
    beforeStates: observedKey(observedBefore(change.parts)),
    afterStates: observedKey(change.parts.map((part) => observedOf(part.after))),
    diffDigest,
    sentence: change.sentence,
    effects: change.effects,
    flags: change.flags,
    parts: change.parts.map(
      ({ beforeBytes: _before, afterBytes: _after, configFeatures: _used, diff, ...part }) => ({
        ...part,
        ...rememberedTarget(part, change.changeHash),
        changedFields: changedFields({ diff }).map(printable),
        ...recipientsOf(tenantId, diff),
      }),
    ),
  }
}

/** Whom a message goes to, each once, to be remembered when it has been sent. */
function recipientsOf(tenantId: string, diff: DiffView): { recipients?: string[] } {
  if (diff.type !== "message") return {}
  const addresses = new Set(diff.preview.recipients.map(({ address }) => normalAddress(address)))

  return { recipients: [...addresses].map((address) => recipientMac(tenantId, address).toString("hex")) }
}

/** Bytes with the digest that finds them. */
export type Content = Readonly<{ digest: string; bytes: Uint8Array }>

/** Everything a call brought along, each content once. */
export function contentsOf(
  tenantId: string,
  { change, others }: Readonly<{ change: PreparedChange | null; others: readonly (Content | null)[] }>,
): SealedContent[] {
  const contents = new Map<string, Uint8Array>()
  for (const { before, after, beforeBytes, afterBytes } of change?.parts ?? []) {
    if (before.state === "present" && beforeBytes !== null) contents.set(before.digest, beforeBytes)
    if (after.state === "present" && afterBytes !== null) contents.set(after.digest, afterBytes)
  }
  for (const other of others) if (other !== null) contents.set(other.digest, other.bytes)

  return [...contents].map(([digest, content]) => sealContent(tenantId, digest, content))
}

/** A diff as it is stored: the JCS of its view. */
export function diffContent(diff: DiffView): Content {
  const bytes = Buffer.from(canonicalize(diff as unknown as JsonValue), "utf8")

  return { digest: sha256Hex(bytes), bytes }
}
