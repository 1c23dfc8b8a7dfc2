import { contextLinesOf, gapsIn, linesInGap, type Gap, type GapShown } from "./context-model"
import type { HunkModel, Segment } from "./diff-model"
import type { DiffLine } from "./parse-unified"

/** What a list of rows is made of: stretches of hunks, of unchanged lines somebody asked for, and what is left out. */
export type DiffItem =
  | Readonly<{ kind: "segment"; id: string; segment: Segment; title: string; hunk: HunkModel }>
  | Readonly<{ kind: "context"; id: string; segment: Segment }>
  | Readonly<{ kind: "gap"; id: string; gap: Gap; left: number | null }>

/** What was asked for of what a diff leaves out. */
export type Context = Readonly<{
  /** All of the new text, by line; null before it came. */
  text: readonly string[] | null
  shown: ReadonlyMap<string, GapShown>
  isWhole: boolean
}>

const segmentLinesMax = 40

/** The hunks of a list one after the other; with what they leave out where `context` is given. */
export function diffItems(
  hunks: readonly HunkModel[],
  context: Context | null,
  isSplit: boolean,
): DiffItem[] {
  const gaps = context === null ? null : gapsIn(hunks)
  const show = (gap: Gap | null | undefined) =>
    gap == null || context === null ? [] : gapItems(gap, context, isSplit)
  const items: DiffItem[] = []
  for (const hunk of hunks) {
    const before = show(gaps?.before.get(hunk.id))
    const isJoined = before.length > 0 && before.every(({ kind }) => kind === "context")
    items.push(...before)
    for (const [index, segment] of hunk.segments.entries()) {
      const title = index === 0 && !isJoined ? hunk.title : ""
      items.push({ kind: "segment", id: segment.id, segment, title, hunk })
    }
  }

  return [...items, ...show(gaps?.after)]
}

function gapItems(gap: Gap, { text, shown, isWhole }: Context, isSplit: boolean): DiffItem[] {
  const count = linesInGap(gap, text)
  if (text === null || count === null)
    return count === 0 ? [] : [{ kind: "gap", id: gap.id, gap, left: count }]

  const asked = shown.get(gap.id) ?? { top: 0, bottom: 0 }
  const top = isWhole ? count : Math.min(asked.top, count)
  const bottom = Math.min(asked.bottom, count - top)
  const left = count - top - bottom
  return [
    ...contextItems(`${gap.id}t`, contextLinesOf(gap, text, gap.from, top), isSplit),
    ...(left === 0 ? [] : [{ kind: "gap", id: gap.id, gap, left } as const]),
    ...contextItems(`${gap.id}b`, contextLinesOf(gap, text, gap.from + top + left, bottom), isSplit),
  ]
}

function contextItems(id: string, lines: readonly DiffLine[], isSplit: boolean): DiffItem[] {
  const items: DiffItem[] = []
  for (let at = 0; at < lines.length; at += segmentLinesMax) {
    const some = lines.slice(at, at + segmentLinesMax)
    const rows = isSplit ? { rows: some.map((line) => ({ old: line, new: line })) } : {}
    const segment = { id: `${id}${items.length}`, lines: some, ...rows }
    items.push({ kind: "context", id: segment.id, segment })
  }
  return items
}

/** What a row of text is measured by before it was on the page. */
export type RowMetrics = Readonly<{ lineHeight: number; rowPadding: number; columns: number }>

const titleHeight = 23
const gapHeight = 33
const fieldHeight = 34

/** How high an item will be, nearly: its own height counts as soon as it stands on the page. */
export function estimatedHeight(item: DiffItem, { lineHeight, rowPadding, columns }: RowMetrics): number {
  if (item.kind === "gap") return gapHeight

  const { fields, rows, lines } = item.segment
  const title = item.kind === "segment" && item.title !== "" ? titleHeight : 0
  if (fields !== undefined) return title + fields.length * fieldHeight
  const shown = rows ?? lines.map((line) => ({ old: line, new: line }))
  const wrapped = (line: DiffLine | null) =>
    line === null ? 1 : Math.max(1, Math.ceil(line.text.length / columns))
  const height = (row: { old: DiffLine | null; new: DiffLine | null }) =>
    Math.max(wrapped(row.old), wrapped(row.new)) * lineHeight + rowPadding
  return title + shown.reduce((sum, row) => sum + height(row), 0)
}
