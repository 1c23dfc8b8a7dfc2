/** Which items of a list stand on the page, and how high what is left out before and after them is. */
export type MountedWindow = Readonly<{ first: number; end: number; before: number; after: number }>

/** The items that touch the stretch between two places, in pixels from the list's top. */
export function windowBetween(heights: readonly number[], from: number, to: number): MountedWindow {
  let [first, end, before, at] = [heights.length, 0, 0, 0]
  let total = 0
  for (const [index, height] of heights.entries()) {
    const bottom = at + height
    if (bottom > from && first === heights.length) [first, before] = [index, at]
    if (at < to) [end, total] = [index + 1, bottom]
    at = bottom
  }
  if (first >= end) return emptyAt(heights.length, at, to <= 0)

  return { first, end, before, after: at - total }
}

/** Where an item begins, in pixels from the list's top. */
export function offsetOf(heights: readonly number[], index: number): number {
  return heights.slice(0, index).reduce((sum, height) => sum + height, 0)
}

function emptyAt(count: number, height: number, isBelow: boolean): MountedWindow {
  return isBelow
    ? { first: 0, end: 0, before: 0, after: height }
    : { first: count, end: count, before: height, after: 0 }
}

/** Whether all of one window is in another. */
export function isWithin(inner: MountedWindow, outer: MountedWindow): boolean {
  return inner.first >= inner.end || (inner.first >= outer.first && inner.end <= outer.end)
}
