import {
  ChangeError,
  configBytes,
  type ConfigDigest,
  type ConfigPart,
  type EnvelopePart,
} from "@deltaseal/guard/change"
import type { ConfigFeature } from "@deltaseal/guard/config"
import { isConfusable } from "@/lib/kernel/confusables"
import { countHidden } from "@/lib/kernel/text"
import type { ConfigDiff, ConfigRefusal, ConfigTask } from "./config-diff"
import { inOrder } from "./flags"
import type { PreparedPart } from "./prepared-part"

/**
 * What is to be read and compared of a config.
 *
 * @throws ChangeError `invalid_content`, `content_too_large`
 */
export function configTask({ format, target, before, after }: ConfigPart): Omit<ConfigTask, "workMax"> {
  for (const content of [before, after]) if (content !== null) configBytes(content, format)
  return { format, name: target.name, before: before?.text ?? null, after: after?.text ?? null }
}

/** @throws ChangeError `invalid_content` with the place of the text that could not be read */
export function readDiff(diff: ConfigDiff | ConfigRefusal, index: number): ConfigDiff {
  if (!("message" in diff)) return diff
  throw new ChangeError("invalid_content", diff.message, `/parts/${index}/${diff.side}`)
}

/** The values that were read, for the envelope: no text is read twice. */
export function knownDigests(
  read: readonly Readonly<{ part: ConfigPart; diff: ConfigDiff }>[],
): ConfigDigest {
  const digests = new Map<string, string>()
  for (const { part, diff } of read) {
    for (const side of ["before", "after"] as const) {
      const [content, digest] = [part[side], diff.values[side]]
      if (content !== null && digest !== null) digests.set(`${part.format} ${content.text}`, digest)
    }
  }

  return (format, text) => {
    const digest = digests.get(`${format} ${text}`)
    if (digest === undefined) throw new ChangeError("invalid_content", "The config was not read.")
    return digest
  }
}

/** The features that no policy allows, each once. */
export function refusedFeatures(
  diffs: readonly ConfigDiff[],
  allowed: ReadonlySet<ConfigFeature>,
): ConfigFeature[] {
  return [...new Set(diffs.flatMap(({ features }) => features))].filter((feature) => !allowed.has(feature))
}

export function preparedConfig(part: ConfigPart, bound: EnvelopePart, diff: ConfigDiff): PreparedPart {
  const { preview, raw, added, removed } = diff
  const hiddenCharacters = diff.hiddenCharacters + countHidden(part.target.name)
  const flags = new Set(diff.flags)
  if (hiddenCharacters > 0) flags.add("hidden_characters")
  if (isConfusable(part.target.name)) flags.add("confusable")

  return {
    ...bound,
    added,
    removed,
    hiddenCharacters,
    flags: inOrder(flags),
    beforeBytes: part.before === null ? null : configBytes(part.before, part.format),
    afterBytes: part.after === null ? null : configBytes(part.after, part.format),
    diff: { type: "normalized_json", preview, raw: raw.text },
    configFeatures: diff.features,
  }
}
