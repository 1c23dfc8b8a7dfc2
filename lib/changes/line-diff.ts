import { lineAnchors } from "./line-anchors"
import { MiddleSnakeSearch, type Box } from "./middle-snake"
import { settleEdits, type LineEdit } from "./settle-edits"

/** `edits` is null when `workMax` was used up before the difference was known. */
export type LineDiff = Readonly<{ edits: readonly LineEdit[] | null; work: number }>

/**
 * The shortest line difference, by Myers' linear-space O(ND) algorithm ("An
 * O(ND) Difference Algorithm and Its Variations", 1986, section 4b). Where two
 * stretches differ too much for that, lines that occur once on each side hold
 * the rest together, and where there are none, the path that got furthest.
 *
 * Our own because an approval must show the same diff on every machine: the
 * limit is a count of steps, not a clock. Lines are compared as integers.
 *
 * @param workMax steps (diagonals visited and lines compared) after which to give up
 */
export function diffLines(before: readonly string[], after: readonly string[], workMax: number): LineDiff {
  const sides = internLines(before, after)
  const search = new MiddleSnakeSearch(sides.before.shared, sides.after.shared, workMax)
  const isDone = markChanges(search, sides)

  return { edits: isDone ? settleEdits(editsOf(sides), before, after) : null, work: search.work }
}

/**
 * `ids`: one integer per distinct line. `shared`: the ids that also occur on
 * the other side; `sharedAt`: their line index. `isChanged`: 1 when removed or added.
 */
type Side = Readonly<{ ids: Int32Array; shared: Int32Array; sharedAt: Int32Array; isChanged: Uint8Array }>
type Sides = Readonly<{ before: Side; after: Side }>

function internLines(before: readonly string[], after: readonly string[]): Sides {
  const idOf = new Map<string, number>()
  const idsBefore = intern(idOf, before)
  const countBefore = idOf.size
  const idsAfter = intern(idOf, after)

  const isInAfter = new Uint8Array(idOf.size)
  for (const id of idsAfter) isInAfter[id] = 1

  return {
    before: sideOf(idsBefore, (id) => isInAfter[id] === 1),
    after: sideOf(idsAfter, (id) => id < countBefore),
  }
}

function intern(idOf: Map<string, number>, lines: readonly string[]): Int32Array {
  const ids = new Int32Array(lines.length)
  for (const [at, line] of lines.entries()) {
    const id = idOf.get(line) ?? idOf.size
    if (id === idOf.size) idOf.set(line, id)
    ids[at] = id
  }

  return ids
}

/** A line that the other side lacks is changed whatever the search finds, so the search never sees it. */
function sideOf(ids: Int32Array, isShared: (id: number) => boolean): Side {
  const sharedAt = new Int32Array(ids.length)
  const isChanged = new Uint8Array(ids.length)
  let count = 0
  for (const [at, id] of ids.entries()) {
    if (isShared(id)) sharedAt[count++] = at
    else isChanged[at] = 1
  }

  const shared = sharedAt.subarray(0, count)
  return { ids, shared: shared.map((at) => ids[at] ?? -1), sharedAt: shared, isChanged }
}

/** Splits the problem at points of a short path until nothing is left; false when out of work. */
function markChanges(search: MiddleSnakeSearch, sides: Sides): boolean {
  const { before, after } = sides
  const open: Box[] = [{ left: 0, right: before.shared.length, top: 0, bottom: after.shared.length }]

  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const box = search.trim(next)
    if (box.left === box.right || box.top === box.bottom) {
      for (let x = box.left; x < box.right; x++) before.isChanged[before.sharedAt[x] ?? 0] = 1
      for (let y = box.top; y < box.bottom; y++) after.isChanged[after.sharedAt[y] ?? 0] = 1
      continue
    }

    const parts = partsOf(search, sides, box)
    if (parts === null) return false
    open.push(...parts)
  }

  return true
}

/** Up to here a difference is the shortest; beyond, lines that occur once on each side come first. */
const shortestRounds = 512
/** Without such lines the search goes on for this long. */
const patientRounds = 1024

function partsOf(search: MiddleSnakeSearch, sides: Sides, box: Box): Box[] | null {
  const middle = search.middleOf(box, shortestRounds)
  if (middle === null) return null
  if (middle.isOnShortest) return splitAt(box, middle)

  const anchored = anchoredParts(search, sides, box)
  if (anchored !== null) return anchored
  const patient = search.middleOf(box, patientRounds)
  return patient === null ? null : splitAt(box, patient)
}

function splitAt(box: Box, { x, y }: Readonly<{ x: number; y: number }>): Box[] {
  return [
    { ...box, left: x, top: y },
    { ...box, right: x, bottom: y },
  ]
}

/** What lies between the lines that both sides have once; null when there are none. */
function anchoredParts(search: MiddleSnakeSearch, { before, after }: Sides, box: Box): Box[] | null {
  const anchors = lineAnchors(before.shared, after.shared, box)
  search.work += box.right - box.left + box.bottom - box.top
  if (anchors.length === 0) return null

  const parts: Box[] = []
  let [left, top] = [box.left, box.top]
  for (const { x, y } of anchors) {
    if (x > left || y > top) parts.push({ left, right: x, top, bottom: y })
    left = x + 1
    top = y + 1
  }
  return [...parts, { ...box, left, top }]
}

function editsOf({ before, after }: Sides): LineEdit[] {
  const edits: LineEdit[] = []
  let [x, y] = [0, 0]

  while (x < before.ids.length || y < after.ids.length) {
    const removed = runLength(before.isChanged, x)
    const added = runLength(after.isChanged, y)
    if (removed + added > 0) edits.push({ beforeAt: x, removed, afterAt: y, added })
    x += removed + 1
    y += added + 1
  }

  return edits
}

function runLength(isChanged: Uint8Array, from: number): number {
  let end = from
  while (isChanged[end] === 1) end++
  return end - from
}
