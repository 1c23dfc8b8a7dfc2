import { visibleText } from "@/lib/kernel/text"
import type { Range } from "./word-changes"

/** A piece of a line as the page shows it: characters, a tab, or the box of one code point. */
export type LinePiece = Readonly<
  ({ text: string } | { tab: true } | { codePoint: string; name: string }) & { isChanged: boolean }
>

/**
 * A line cut into what is shown as it is and what is boxed (SPEC 7.2), each
 * piece either within the changed words or outside of them.
 */
export function linePieces(line: string, changed: readonly Range[] = []): LinePiece[] {
  const pieces: LinePiece[] = []
  let at = 0
  for (const segment of visibleText(line)) {
    if ("codePoint" in segment) {
      pieces.push({ ...segment, isChanged: isWithin(at, changed) })
      at += Number.parseInt(segment.codePoint.slice(2), 16) > 0xffff ? 2 : 1
    } else if (segment.text === "\t") {
      pieces.push({ tab: true, isChanged: isWithin(at, changed) })
      at += 1
    } else {
      pieces.push(...cutText(segment.text, at, changed))
      at += segment.text.length
    }
  }

  return pieces
}

/** The pieces of plain text that starts at `offset`, cut where changed words begin and end. */
function cutText(text: string, offset: number, changed: readonly Range[]): LinePiece[] {
  const end = offset + text.length
  const cuts = new Set([offset, end])
  for (const range of changed) {
    for (const cut of [range.start, range.end]) if (cut > offset && cut < end) cuts.add(cut)
  }

  const places = [...cuts].sort((a, b) => a - b)
  return places.slice(0, -1).map((from, index) => ({
    text: text.slice(from - offset, (places[index + 1] ?? end) - offset),
    isChanged: isWithin(from, changed),
  }))
}

function isWithin(at: number, ranges: readonly Range[]): boolean {
  return ranges.some(({ start, end }) => start <= at && at < end)
}
