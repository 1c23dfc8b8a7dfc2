import type { Range } from "./word-changes"

/** How much of a stretch counts as all of it: browsers round to parts of a pixel. */
const slack = 2

/** Adds what was on screen to what had been, as sorted ranges that do not touch. */
export function cover(covered: readonly Range[], added: Range): Range[] {
  const apart = covered.filter(({ start, end }) => end < added.start || start > added.end)
  const touching = covered.filter(({ start, end }) => end >= added.start && start <= added.end)
  const merged = {
    start: Math.min(added.start, ...touching.map((range) => range.start)),
    end: Math.max(added.end, ...touching.map((range) => range.end)),
  }

  return [...apart, merged].sort((a, b) => a.start - b.start)
}

/** Whether all of a height was on screen, in whatever steps. */
export function isCovered(covered: readonly Range[], height: number): boolean {
  return covered.some(({ start, end }) => start <= slack && end >= height - slack)
}
