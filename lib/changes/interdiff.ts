import { parseStrictJson, sha256Hex, type EnvelopePart, type JsonValue } from "@deltaseal/guard/change"
import type { PartDiff } from "./change"
import { diffFile, type FileSide } from "./file-diff"
import { diffValues } from "./record-diff"

/** A part as it was proposed: its envelope's word, and the bytes that it would leave; null = none. */
export type ProposedPart = Pick<EnvelopePart, "kind" | "target" | "before" | "after"> &
  Readonly<{ afterBytes: Uint8Array | null }>

/** Two requests for one target. `workMax`: steps that a diff of lines may take; `isWhole`: do not even try. */
export type InterdiffTask = Readonly<{
  earlier: ProposedPart
  now: ProposedPart
  workMax: number
  isWhole?: boolean
}>

/**
 * What a new request for a target would leave, beside what an earlier one would
 * have left; `diff` is null where both would leave the same. `isWhole`: shown as
 * a replacement, because comparing takes too much. `work`: the steps it took.
 */
export type Interdiff = Readonly<{
  diff: PartDiff | null
  added: number
  removed: number
  hiddenCharacters: number
  isWhole: boolean
  work: number
}>

/**
 * What changed between two requests for one target (SPEC 4.2.8). Texts are
 * compared by line, everything else member by member.
 *
 * @throws TypeError when the two are not about the same kind of target
 */
export function interdiff(task: InterdiffTask): Interdiff {
  const { earlier, now } = task
  if (earlier.kind !== now.kind) throw new TypeError("Two requests for one target are of one kind.")
  if (leavesTheSame(earlier, now)) return nothing

  return isText(now) ? textDiff(task) : valueDiff(task)
}

/** Whether both requests start from the same state of their target. */
export function startsTheSame(
  earlier: Pick<ProposedPart, "before">,
  now: Pick<ProposedPart, "before">,
): boolean {
  return digestOf(earlier.before) === digestOf(now.before)
}

/** Whether both requests would leave the same: then no content has to be looked at. */
export function leavesTheSame(
  earlier: Pick<ProposedPart, "after">,
  now: Pick<ProposedPart, "after">,
): boolean {
  return digestOf(earlier.after) === digestOf(now.after) && modeOf(earlier) === modeOf(now)
}

const nothing: Interdiff = {
  diff: null,
  added: 0,
  removed: 0,
  hiddenCharacters: 0,
  isWhole: false,
  work: 0,
}

function isText({ kind }: ProposedPart): boolean {
  return kind === "file" || kind === "config"
}

function textDiff({ earlier, now, workMax, isWhole = false }: InterdiffTask): Interdiff {
  const path = now.target["path"] ?? now.target["name"] ?? ""
  const sides = { before: sideOf(earlier), after: sideOf(now) }
  const { text, added, removed, hiddenCharacters, flags, work } = diffFile({
    path,
    ...sides,
    workMax,
    isWhole,
  })

  return {
    diff: { type: "unified", preview: text },
    added,
    removed,
    hiddenCharacters,
    isWhole: flags.includes("diff_degraded"),
    work,
  }
}

function valueDiff({ earlier, now, isWhole = false }: InterdiffTask): Interdiff {
  const [from, to] = [valueOf(earlier), valueOf(now)]
  const { preview, added, removed, hiddenCharacters, flags } = diffValues(from, to, isWhole)

  return {
    diff: { type: "json_patch", preview },
    added,
    removed,
    hiddenCharacters,
    isWhole: flags.includes("diff_degraded"),
    work: 0,
  }
}

function sideOf(part: ProposedPart): FileSide | null {
  const { afterBytes: bytes } = part
  return bytes === null ? null : { bytes, digest: sha256Hex(bytes), mode: modeOf(part) ?? "100644" }
}

/** The bytes are a canonical form that we wrote ourselves. */
function valueOf({ afterBytes }: ProposedPart): JsonValue | undefined {
  return afterBytes === null ? undefined : parseStrictJson(afterBytes)
}

function modeOf({ after }: Pick<ProposedPart, "after">): FileSide["mode"] | undefined {
  return after.state === "present" ? after.mode : undefined
}

function digestOf(state: EnvelopePart["before"]): string | null {
  return state.state === "present" ? state.digest : null
}
