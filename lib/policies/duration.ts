const unitSeconds: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 }

/** `1h30m` in seconds; null for what is no duration. */
export function secondsOf(text: string): number | null {
  if (!/^(\d{1,6}d)?(\d{1,6}h)?(\d{1,6}m)?(\d{1,9}s)?$/.test(text) || text === "") return null

  let seconds = 0
  for (const [, count, unit] of text.matchAll(/(\d+)([dhms])/g))
    seconds += Number(count) * (unitSeconds[unit ?? ""] ?? 0)
  return seconds
}

/** The shortest way to write it with one unit: 5400 is `90m`. */
export function durationText(seconds: number): string {
  const [unit, size] = Object.entries(unitSeconds).find(
    ([, length]) => seconds > 0 && seconds % length === 0,
  ) ?? ["s", 1]
  return `${seconds / size}${unit}`
}
