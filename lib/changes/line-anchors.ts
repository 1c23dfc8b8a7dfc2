import type { Box, Point } from "./middle-snake"

/**
 * The longest run of lines, in order, that occur exactly once on each side of a
 * box: what people see as the same, by the patience algorithm (Cohen, 2003).
 */
export function lineAnchors(before: Int32Array, after: Int32Array, box: Box): Point[] {
  const inBefore = onlyOnce(before, box.left, box.right)
  const inAfter = onlyOnce(after, box.top, box.bottom)
  const common: Point[] = []
  for (const [id, x] of inBefore) {
    const y = inAfter.get(id)
    if (x >= 0 && y !== undefined && y >= 0) common.push({ x, y })
  }

  return longestRising(common)
}

/** Where each line stands; −1 for one that occurs more than once. In the order of first occurrences. */
function onlyOnce(ids: Int32Array, from: number, to: number): Map<number, number> {
  const places = new Map<number, number>()
  for (let at = from; at < to; at++) {
    const id = ids[at] ?? -1
    places.set(id, places.has(id) ? -1 : at)
  }
  return places
}

/** The longest subsequence with rising y of points that are sorted by x, in O(n log n). */
function longestRising(points: readonly Point[]): Point[] {
  const ends: number[] = []
  const previous = new Int32Array(points.length).fill(-1)
  for (const [at, { y }] of points.entries()) {
    const length = countBelow(points, ends, y)
    previous[at] = ends[length - 1] ?? -1
    ends[length] = at
  }

  const run: Point[] = []
  for (let at = ends.at(-1) ?? -1; at >= 0; at = previous[at] ?? -1) {
    const point = points[at]
    if (point !== undefined) run.push(point)
  }
  return run.reverse()
}

/** How many of the runs that end at `ends`, shortest first, end below `y`. */
function countBelow(points: readonly Point[], ends: readonly number[], y: number): number {
  let [low, high] = [0, ends.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[ends[middle] ?? 0]?.y ?? 0) < y) low = middle + 1
    else high = middle
  }
  return low
}
