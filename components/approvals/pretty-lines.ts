import { countHidden } from "@/lib/kernel/text"

/** A JSON text laid out over lines; a text that is no JSON stays as it is. */
export function prettyLines(json: string): Readonly<{ lines: readonly string[]; hidden: number }> {
  const pretty = laidOut(json)
  return { lines: pretty.split("\n"), hidden: countHidden(pretty) }
}

function laidOut(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}
