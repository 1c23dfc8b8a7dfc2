import { MiddleSnakeSearch } from "./middle-snake"
import { settleEdits, type LineEdit } from "./settle-edits"

/** `edits` is null when `workMax` was used up before the difference was known. */
export type LineDiff = Readonly<{ edits: readonly LineEdit[] | null; work: number }>

/**
 * The shortest line difference, by Myers' linear-space O(ND) algorithm ("An
 * O(ND) Difference Algorithm and Its Variations", 1986, section 4b).
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

/** Splits the problem at a point of a shortest path until nothing is left; false when out of work. */
function markChanges(search: MiddleSnakeSearch, { before, after }: Sides): boolean {
  const open = [{ left: 0, right: before.shared.length, top: 0, bottom: after.shared.length }]

  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const box = search.trim(next)
    if (box.left === box.right || box.top === box.bottom) {
      for (let x = box.left; x < box.right; x++) before.isChanged[before.sharedAt[x] ?? 0] = 1
      for (let y = box.top; y < box.bottom; y++) after.isChanged[after.sharedAt[y] ?? 0] = 1
      continue
    }

    const middle = search.middleOf(box)
    if (middle === null) return false
    open.push({ ...box, left: middle.x, top: middle.y }, { ...box, right: middle.x, bottom: middle.y })
  }

  return true
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
