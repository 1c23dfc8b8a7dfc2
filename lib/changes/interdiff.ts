import { parseStrictJson, sha256Hex, type EnvelopePart, type JsonValue } from "@deltaseal/guard/change"
import type { PartDiff } from "./change"
import { diffFile, type FileSide } from "./file-diff"
import { diffValues } from "./record-diff"

/** A part as it was proposed: its envelope's word, and the bytes that it would leave; null = none. */
export type ProposedPart = Pick<EnvelopePart, "kind" | "target" | "before" | "after"> &
  Readonly<{ afterBytes: Uint8Array | null }>

/**
 * What a new request for a target would leave, beside what an earlier one would
 * have left, and whether both start from the same state.
 */
export type Interdiff = Readonly<{ isSameBefore: boolean; diff: PartDiff | null }>

/**
 * What changed between two requests for one target (SPEC 4.2.8). `diff` is null
 * where both would leave the same. Texts are compared by line, everything else
 * member by member.
 *
 * @param workMax steps that a diff of lines may take
 * @throws TypeError when the two are not about the same kind of target
 */
export function interdiff(earlier: ProposedPart, now: ProposedPart, workMax: number): Interdiff {
  if (earlier.kind !== now.kind) throw new TypeError("Two requests for one target are of one kind.")
  const isSameBefore = digestOf(earlier.before) === digestOf(now.before)
  const isSame = digestOf(earlier.after) === digestOf(now.after) && modeOf(earlier) === modeOf(now)
  if (isSame) return { isSameBefore, diff: null }

  const isText = now.kind === "file" || now.kind === "config"
  return { isSameBefore, diff: isText ? textDiff(earlier, now, workMax) : valueDiff(earlier, now) }
}

function textDiff(earlier: ProposedPart, now: ProposedPart, workMax: number): PartDiff {
  const path = now.target["path"] ?? now.target["name"] ?? ""
  const { text } = diffFile({ path, before: sideOf(earlier), after: sideOf(now), workMax })
  return { type: "unified", preview: text }
}

function valueDiff(earlier: ProposedPart, now: ProposedPart): PartDiff {
  return { type: "json_patch", preview: diffValues(valueOf(earlier), valueOf(now)).preview }
}

function sideOf(part: ProposedPart): FileSide | null {
  const { afterBytes: bytes } = part
  return bytes === null ? null : { bytes, digest: sha256Hex(bytes), mode: modeOf(part) ?? "100644" }
}

/** The bytes are a canonical form that we wrote ourselves. */
function valueOf({ afterBytes }: ProposedPart): JsonValue | undefined {
  return afterBytes === null ? undefined : parseStrictJson(afterBytes)
}

function modeOf({ after }: ProposedPart): FileSide["mode"] | undefined {
  return after.state === "present" ? after.mode : undefined
}

function digestOf(state: EnvelopePart["before"]): string | null {
  return state.state === "present" ? state.digest : null
}
