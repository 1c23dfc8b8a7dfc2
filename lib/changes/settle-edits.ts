/** One place where the two sides differ: `removed` lines from `beforeAt`, `added` lines from `afterAt`. */
export type LineEdit = Readonly<{ beforeAt: number; removed: number; afterAt: number; added: number }>

/**
 * Moves each pure insertion or deletion, among the places where it says the
 * same, to the one where it reads as a whole block: not from the closing
 * bracket of the block above to the opening one of the block below.
 *
 * Edits keep their order and at least one unchanged line between them.
 */
export function settleEdits(
  edits: readonly LineEdit[],
  before: readonly string[],
  after: readonly string[],
): LineEdit[] {
  const settled: LineEdit[] = []
  for (const [at, edit] of edits.entries()) {
    const last = settled.at(-1)
    const next = edits[at + 1]
    const room = {
      up: last ? edit.beforeAt - last.beforeAt - last.removed - 1 : edit.beforeAt,
      down: (next ? next.beforeAt - 1 : before.length) - edit.beforeAt - edit.removed,
    }
    const shift = bestShift(edit, room, before, after)
    settled.push({ ...edit, beforeAt: edit.beforeAt + shift, afterAt: edit.afterAt + shift })
  }

  return settled
}

type Room = Readonly<{ up: number; down: number }>

function bestShift(edit: LineEdit, room: Room, before: readonly string[], after: readonly string[]): number {
  if (edit.removed > 0 && edit.added > 0) return 0

  const [lines, start, length] =
    edit.removed > 0 ? [before, edit.beforeAt, edit.removed] : [after, edit.afterAt, edit.added]
  let [lowest, highest] = [0, 0]
  while (-lowest < room.up && lines[start + lowest - 1] === lines[start + lowest - 1 + length]) lowest--
  while (highest < room.down && lines[start + highest] === lines[start + highest + length]) highest++

  let best = highest
  for (let shift = highest; shift >= lowest; shift--) {
    const isBetter = raggedness(lines, start + shift, length) < raggedness(lines, start + best, length)
    if (isBetter) best = shift
  }

  return best
}

/** How much a block looks torn out of its surroundings; 0 is a block that stands alone. */
function raggedness(lines: readonly string[], start: number, length: number): number {
  const [previous, first, last] = [
    lines[start - 1] ?? "",
    lines[start] ?? "",
    lines[start + length - 1] ?? "",
  ]
  const startsByClosing = /^[}\])]/.test(first.trimStart()) || first.trimStart().startsWith("*/")
  const endsByOpening = "{[(".includes(last.trimEnd().at(-1) ?? " ") || last.trimStart().startsWith("/**")
  const hasBlankEdge = previous.trim() === "" || last.trim() === ""

  return (startsByClosing ? 2 : 0) + (endsByOpening ? 2 : 0) + (hasBlankEdge ? 0 : 1)
}
