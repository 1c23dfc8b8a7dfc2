import {
  contentBytes,
  recordAfter,
  recordBytes,
  type EnvelopePart,
  type FileContent,
  type FilePart,
  type JsonObject,
  type PatchedRecordPart,
  type RecordPart,
  type State,
} from "@deltaseal/guard/change"
import type { ConfigFeature } from "@deltaseal/guard/config"
import { isConfusable } from "@/lib/kernel/confusables"
import { countHidden } from "@/lib/kernel/text"
import type { DescribedPart } from "./change"
import type { FileDiff, FileDiffTask, FileSide } from "./file-diff"
import { inOrder } from "./flags"
import { diffRecord } from "./record-diff"

/**
 * A part with its contents and its own diff; the contents are stored as bytes (SPEC 2.3). `configFeatures`: what a
 * config uses although readers disagree on it.
 */
export type PreparedPart = DescribedPart &
  Readonly<{
    beforeBytes: Uint8Array | null
    afterBytes: Uint8Array | null
    configFeatures?: readonly ConfigFeature[]
  }>

/** What is to be compared of a file. */
export function fileTask(
  part: FilePart,
  { target, before, after }: EnvelopePart,
): Omit<FileDiffTask, "workMax"> {
  return {
    path: target["path"] ?? "",
    from: target["from"],
    before: sideOf(part.before, before),
    after: sideOf(part.after, after),
  }
}

export function preparedFile(
  bound: EnvelopePart,
  { before, after }: Pick<FileDiffTask, "before" | "after">,
  { text, work: _work, ...found }: FileDiff,
): PreparedPart {
  return {
    ...bound,
    ...found,
    beforeBytes: before?.bytes ?? null,
    afterBytes: after?.bytes ?? null,
    diff: { type: "unified", preview: text },
  }
}

/** @throws ChangeError as building the envelope does */
export function preparedRecord(part: RecordPart | PatchedRecordPart, bound: EnvelopePart): PreparedPart {
  const after = recordAfter(part)
  const { preview, ...found } = diffRecord(part.before, after)
  const hiddenCharacters = found.hiddenCharacters + countHidden(part.target.id)
  const flags = new Set(found.flags)
  if (hiddenCharacters > 0) flags.add("hidden_characters")
  if (isConfusable(part.target.id)) flags.add("confusable")

  return {
    ...bound,
    ...found,
    hiddenCharacters,
    flags: inOrder(flags),
    beforeBytes: bytesOf(part.before),
    afterBytes: bytesOf(after),
    diff: { type: "json_patch", preview },
  }
}

function sideOf(content: FileContent | null, state: State): FileSide | null {
  if (content === null || state.state === "absent") return null
  return { bytes: contentBytes(content), digest: state.digest, mode: state.mode ?? "100644" }
}

function bytesOf(value: JsonObject | null): Uint8Array | null {
  return value === null ? null : recordBytes(value)
}
