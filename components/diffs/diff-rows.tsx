"use client"

import { memo, useEffect, useLayoutEffect, useMemo, useRef } from "react"
import { diffItems, type Context, type DiffItem } from "./diff-items"
import { DiffSegment } from "./diff-segment"
import type { HunkModel } from "./diff-model"
import { GapRow } from "./gap-row"
import { useDiff } from "./review"
import { useMounted } from "./use-mounted"
import type { Expansion } from "./use-expansion"

/** Lists that grew longer than this, by unchanged lines that were asked for, are mounted in part too. */
const itemsMax = 80

export type DiffRowsProps = Readonly<{
  hunks: readonly HunkModel[]
  isLong: boolean
  /** How many stretches the server renders of a long change. */
  firstItems: number
  isSplit: boolean
  /** What the diff leaves out and somebody may ask for; null where it leaves out nothing. */
  expansion: Expansion | null
}>

/** A list of hunks of which only what is near the screen stands on the page. */
export const DiffRows = memo(function DiffRows({
  hunks,
  isLong,
  firstItems,
  isSplit,
  expansion,
}: DiffRowsProps) {
  const context: Context | null = expansion?.context ?? null
  const items = useMemo(() => diffItems(hunks, context, isSplit), [hunks, context, isSplit])
  const { window, list, measure, reveal } = useMounted(items, isLong || items.length > itemsMax, firstItems)
  const { addList } = useDiff()
  useEffect(() => addList({ reveal }), [addList, reveal])
  const observer = useItemObserver(measure)

  return (
    <div ref={list} data-rows={items.length}>
      <Spacer height={window.before} />
      {items.slice(window.first, window.end).map((item) => (
        <Item key={item.id} item={item} observe={observer} expansion={expansion} />
      ))}
      <Spacer height={window.after} />
    </div>
  )
})

type Observe = (element: HTMLElement, id: string) => () => void

type ItemProps = Readonly<{ item: DiffItem; observe: Observe; expansion: Expansion | null }>

const Item = memo(function Item({ item, observe, expansion }: ItemProps) {
  const element = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => (element.current ? observe(element.current, item.id) : undefined), [observe, item.id])

  return (
    <div ref={element}>
      {item.kind === "gap" ? (
        expansion !== null && <GapRow gap={item.gap} left={item.left} expansion={expansion} />
      ) : (
        <DiffSegment item={item} />
      )}
    </div>
  )
})

/** One observer for all items of a list: it says how high each of them is, whenever that changes. */
function useItemObserver(measure: (id: string, height: number) => void): Observe {
  const observer = useRef<ResizeObserver | null>(null)
  const ids = useRef(new WeakMap<Element, string>())
  useEffect(() => () => observer.current?.disconnect(), [])

  return useMemo(
    () => (element, id) => {
      observer.current ??= new ResizeObserver((entries) => {
        for (const { target, borderBoxSize } of entries) {
          const known = ids.current.get(target)
          const height = borderBoxSize[0]?.blockSize ?? 0
          if (known !== undefined && target.isConnected && height > 0) measure(known, height)
        }
      })
      ids.current.set(element, id)
      observer.current.observe(element)
      return () => observer.current?.unobserve(element)
    },
    [measure],
  )
}

/** Room for what does not stand on the page. Through the object model: a style attribute would break the page's policy. */
function Spacer({ height }: Readonly<{ height: number }>) {
  const element = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (element.current) element.current.style.height = `${height}px`
  }, [height])

  return <div ref={element} aria-hidden />
}
