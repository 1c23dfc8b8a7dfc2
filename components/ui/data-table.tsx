import Link from "next/link"
import type { ReactNode } from "react"
import { OpeningMark } from "./opening-mark"
import { RowKeys } from "./row-keys"

type OnPhone = "named" | "bare" | "hidden"

export type Column<Row> = Readonly<{
  head: string
  cell: (row: Row) => ReactNode
  /** Numbers stand right. */
  align?: "right"
  /** Whether it takes what is left over; the others are as wide as what is in them. */
  isWide?: boolean
  /** On a phone a row is a card: with the head before the cell, without it, or not there at all. */
  onPhone?: OnPhone | ((row: Row) => OnPhone)
}>

type Props<Row> = Readonly<{
  /** What the table lists, for those who hear it. */
  label: string
  rows: readonly Row[]
  keyOf: (row: Row) => string
  /** Where a row leads; all of it is the link. */
  hrefOf?: (row: Row) => string
  /** The first column is what the row is about. */
  columns: readonly [Column<Row>, ...Column<Row>[]]
}>

/**
 * A table for a desk whose rows are cards on a phone. What can be pressed in a
 * row that is a link itself stands above it: give it `relative z-1`.
 */
export function DataTable<Row>({ label, rows, keyOf, hrefOf, columns }: Props<Row>) {
  const [first, ...others] = columns

  return (
    <RowKeys>
      <table role="table" aria-label={label} className="block w-full text-left text-sm md:table">
        <thead role="rowgroup" className="sr-only md:not-sr-only md:table-header-group">
          <tr role="row">
            {columns.map((column) => (
              <th key={column.head} role="columnheader" scope="col" className={headLook(column)}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className="block md:table-row-group">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row" className={rowLook(hrefOf !== undefined)}>
              <th role="rowheader" scope="row" className={`${cellLook(first, row)} w-full font-medium`}>
                {hrefOf === undefined ? (
                  first.cell(row)
                ) : (
                  <Link
                    data-row
                    href={hrefOf(row)}
                    className="outline-none after:absolute after:inset-0 after:outline-offset-[-2px] focus-visible:after:outline-2 focus-visible:after:outline-accent"
                  >
                    {first.cell(row)} <OpeningMark />
                  </Link>
                )}
              </th>
              {others.map((column) => (
                <td key={column.head} role="cell" className={cellLook(column, row)}>
                  {phoneLook(column, row) === "named" && (
                    <span aria-hidden className="mr-1.5 text-faint md:hidden">
                      {column.head}
                    </span>
                  )}
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </RowKeys>
  )
}

const edges = "md:px-2 md:first:pl-6 md:last:pr-6"

function headLook<Row>({ align, isWide }: Column<Row>): string {
  return `sticky top-12 z-10 h-9 border-b border-line bg-page text-xs font-medium whitespace-nowrap text-faint ${edges} ${align === "right" ? "text-right" : ""} ${isWide ? "w-full" : ""}`
}

function rowLook(isLink: boolean): string {
  const link = isLink ? "hover:bg-hover has-[a[data-row]:focus-visible]:bg-accent-soft" : ""
  return `relative flex flex-wrap items-baseline gap-x-4 gap-y-0.5 border-b border-line px-4 py-2.5 md:table-row md:p-0 ${link}`
}

function phoneLook<Row>({ onPhone = "named" }: Column<Row>, row: Row): OnPhone {
  return typeof onPhone === "function" ? onPhone(row) : onPhone
}

function cellLook<Row>(column: Column<Row>, row: Row): string {
  const { align, isWide } = column
  const place = isWide ? "md:w-full" : "md:w-auto md:whitespace-nowrap"
  const phone = phoneLook(column, row) === "hidden" ? "hidden" : "block"
  return `${phone} min-w-0 [overflow-wrap:anywhere] md:table-cell md:h-9 md:border-b md:border-line md:py-1.5 ${edges} ${place} ${align === "right" ? "md:text-right" : ""}`
}
