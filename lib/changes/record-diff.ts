import { pointerToken, type JsonObject, type JsonValue } from "@deltaseal/guard/change"
import { countHidden } from "@/lib/kernel/text"
import type { FieldChange } from "./field-change"
import { fieldFlags } from "./field-flags"
import { inOrder, largeChangeLines, type PartFlag } from "./flags"
import { isSameJson } from "./same-json"

/** Counts are operations; one that replaces counts on both sides. */
export type RecordDiff = Readonly<{
  preview: readonly FieldChange[]
  added: number
  removed: number
  hiddenCharacters: number
  flags: readonly PartFlag[]
}>

/** Past either of these a record is shown as a whole replacement. The second counts UTF-16 units of all paths. */
export const fieldChangesMax = 10_000
export const pathUnitsMax = 1024 * 1024

/**
 * What a record's change does, as a JSON Patch that leads from *before* to
 * *after*: members in canonical order, lists by index after what both have in
 * common at their ends. Null = absent.
 */
export function diffRecord(before: JsonObject | null, after: JsonObject | null): RecordDiff {
  return diffValues(before ?? undefined, after ?? undefined)
}

/** The same for any two JSON values; undefined = absent, since null is a value. `isWhole`: do not even try. */
export function diffValues(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  isWhole = false,
): RecordDiff {
  const changes = isWhole ? null : fieldChanges(before, after)
  if (changes !== null) return { preview: changes, ...countsOf(changes), ...warningsOf(changes, []) }

  const whole = [{ op: "replace", path: "", from: before ?? null, to: after ?? null }] as const
  return { preview: whole, ...countsOf(whole), ...warningsOf(whole, ["diff_degraded"]) }
}

/** Null when there are more than a person or a page could take. */
function fieldChanges(before: JsonValue | undefined, after: JsonValue | undefined): FieldChange[] | null {
  if (before === undefined) return after === undefined ? [] : [{ op: "add", path: "", to: after }]
  if (after === undefined) return [{ op: "remove", path: "", from: before }]

  const changes: FieldChange[] = []
  let pathUnits = 0
  for (const change of changesAt("", before, after)) {
    changes.push(change)
    pathUnits += change.path.length
    if (changes.length > fieldChangesMax || pathUnits > pathUnitsMax) return null
  }
  return changes
}

function* changesAt(path: string, from: JsonValue, to: JsonValue): Generator<FieldChange> {
  if (Array.isArray(from) && Array.isArray(to)) yield* changesInList(path, from, to)
  else if (isObject(from) && isObject(to)) yield* changesInObject(path, from, to)
  else if (from !== to) yield { op: "replace", path, from, to }
}

function* changesInObject(path: string, from: JsonObject, to: JsonObject): Generator<FieldChange> {
  const names = new Set([...Object.keys(from), ...Object.keys(to)])
  // By UTF-16 code units, like the canonical form.
  for (const name of [...names].sort()) {
    const at = `${path}/${pointerToken(name)}`
    const [old, next] = [memberOf(from, name), memberOf(to, name)]
    if (old === undefined && next !== undefined) yield { op: "add", path: at, to: next }
    else if (old !== undefined && next === undefined) yield { op: "remove", path: at, from: old }
    else if (old !== undefined && next !== undefined) yield* changesAt(at, old, next)
  }
}

/** Between what both lists start and end with, item by item; then what is too many goes, or what is missing comes. */
function* changesInList(
  path: string,
  from: readonly JsonValue[],
  to: readonly JsonValue[],
): Generator<FieldChange> {
  const { start, end } = commonEnds(from, to)
  const middle = { from: from.slice(start, from.length - end), to: to.slice(start, to.length - end) }
  const paired = Math.min(middle.from.length, middle.to.length)

  for (let i = 0; i < paired; i++) {
    const [old, next] = [middle.from[i], middle.to[i]]
    if (old !== undefined && next !== undefined) yield* changesAt(`${path}/${start + i}`, old, next)
  }
  // From the end, so that no index moves before it is named.
  for (const [i, old] of [...middle.from.entries()].slice(paired).reverse()) {
    yield { op: "remove", path: `${path}/${start + i}`, from: old }
  }
  for (const [i, next] of [...middle.to.entries()].slice(paired)) {
    yield { op: "add", path: `${path}/${start + i}`, to: next }
  }
}

function commonEnds(a: readonly JsonValue[], b: readonly JsonValue[]): { start: number; end: number } {
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && isSameJson(a[start], b[start])) start++
  let end = 0
  while (end < shorter - start && isSameJson(a[a.length - 1 - end], b[b.length - 1 - end])) end++
  return { start, end }
}

function countsOf(changes: readonly FieldChange[]): Pick<RecordDiff, "added" | "removed"> {
  return {
    added: changes.filter((change) => "to" in change).length,
    removed: changes.filter((change) => "from" in change).length,
  }
}

function warningsOf(
  changes: readonly FieldChange[],
  found: readonly PartFlag[],
): Pick<RecordDiff, "hiddenCharacters" | "flags"> {
  const flags = new Set(found)
  let hiddenCharacters = 0
  for (const change of changes) {
    hiddenCharacters += countHidden(change.path)
    if ("from" in change) hiddenCharacters += hiddenIn(change.from)
    if ("to" in change) hiddenCharacters += hiddenIn(change.to)
  }
  const { added, removed } = countsOf(changes)
  if (hiddenCharacters > 0) flags.add("hidden_characters")
  if (added + removed > largeChangeLines) flags.add("large_change")
  for (const flag of fieldFlags(changes)) flags.add(flag)

  return { hiddenCharacters, flags: inOrder(flags) }
}

/** In names and strings themselves, before the canonical form writes some of them as escapes. */
function hiddenIn(value: JsonValue): number {
  if (typeof value === "string") return countHidden(value)
  if (typeof value !== "object" || value === null) return 0
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + hiddenIn(item), 0)
  return Object.entries(value).reduce((sum, [name, member]) => sum + countHidden(name) + hiddenIn(member), 0)
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** Own members only: an object need not be without a prototype to have no `constructor`. */
function memberOf(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
