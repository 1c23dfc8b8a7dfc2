import type { DiffItem, RowMetrics } from "./diff-items"

/** What the style sheet gives a row on a desk and on a phone; a column is 0.6 of the font's size in Geist Mono. */
const desk = { fontSize: 13, mark: 22, number: 48, wideNumber: 60 } as const
const phone = { fontSize: 12, mark: 16, number: 34, wideNumber: 44 } as const

const endPadding = 12

/** How rows will be laid out in a list of this width. */
export function rowMetrics(list: HTMLElement | null, items: readonly DiffItem[]): RowMetrics {
  const { fontSize, mark, number, wideNumber } = innerWidth < 768 ? phone : desk
  const isSplit = items.some((item) => item.kind !== "gap" && item.segment.rows !== undefined)
  const isWide = list?.closest("[data-wide]") != null
  const gutter = (isWide ? wideNumber : number) * (isSplit ? 1 : 2) + mark + endPadding
  const room = (list?.clientWidth ?? innerWidth) / (isSplit ? 2 : 1) - gutter

  return {
    lineHeight: fontSize * 1.4,
    rowPadding: 2,
    columns: Math.max(10, Math.floor(room / (fontSize * 0.6))),
  }
}
