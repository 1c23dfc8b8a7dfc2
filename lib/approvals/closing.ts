const [minuteMs, mostMs] = [60_000, 600_000]

/**
 * From when on what runs out is closing: the last fifth of its time, but at
 * least a minute and at most ten. As closing_from in the migrations.
 *
 * @param since when its time began
 * @param until when it is over
 * @returns milliseconds since 1970
 */
export function closingFrom(since: string, until: string): number {
  const end = Date.parse(until)
  return end - Math.max(minuteMs, Math.min(mostMs, (end - Date.parse(since)) / 5))
}
