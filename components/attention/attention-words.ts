import type { AttentionSummary, SizeBucket } from "@/lib/attention/attention"

/** `9 s`, `2 min`, `2 min 30 s`; a dash where nothing is known. */
export function spanWords(milliseconds: number | null): string {
  if (milliseconds === null) return "–"
  const seconds = Math.round(milliseconds / 1_000)
  if (seconds < 60) return milliseconds < 1_000 ? "under 1 s" : `${seconds} s`
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60]
  return rest === 0 || minutes >= 10 ? `${minutes} min` : `${minutes} min ${rest} s`
}

/** `up to 10 lines`, `11 to 50 lines`, `over 200 lines`. */
export function sizeWords({ linesMin, linesMax }: Pick<SizeBucket, "linesMin" | "linesMax">): string {
  if (linesMax === null) return `over ${linesMin - 1} lines`
  return linesMin === 0 ? `up to ${linesMax} lines` : `${linesMin} to ${linesMax} lines`
}

/** `3 of 40 (8 %)`. */
export function shareWords(some: number, all: number): string {
  return all === 0 ? "–" : `${some} of ${all} (${Math.round((some / all) * 100)} %)`
}

/** What could be done about changes that are decided faster than they are read. */
export function hurriedWords({ linesMin, medianMs }: SizeBucket): string {
  return `Changes over ${linesMin - 1} lines are decided in ${spanWords(medianMs)} at the median: consider splitting them, or asking two reviewers.`
}

/** What is not known of some decisions. */
export function withoutPageWords({ withoutPage }: Pick<AttentionSummary, "withoutPage">): string | null {
  if (withoutPage === 0) return null
  return `${withoutPage === 1 ? "One decision was" : `${withoutPage} decisions were`} made without a page of ours; nothing is known of how.`
}
