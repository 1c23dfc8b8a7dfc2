"use client"

import { ArrowDownFromLine, ArrowUpFromLine, UnfoldVertical, type LucideIcon } from "lucide-react"
import { stepLines, type Gap } from "./context-model"
import type { Expansion, Step } from "./use-expansion"

type Props = Readonly<{
  gap: Gap
  /** How many of its lines are not shown; null while nobody knows. */
  left: number | null
  expansion: Expansion
}>

/** Lines that stay as they are and are left out, with the ways to them. They never count towards what has to be seen. */
export function GapRow({ gap, left, expansion: { show, isLoading } }: Props) {
  const isShort = left !== null && left <= stepLines
  const isFirst = gap.from === 1
  const isLast = gap.to === null
  const ask = (step: Step) => () => show(gap, step)

  return (
    <div className="flex min-h-8 flex-wrap items-center gap-x-4 border-b border-line bg-surface px-3 py-0.5 text-xs text-muted">
      <span className="font-mono">{countWords(left)}</span>
      {isShort ? (
        <GapButton Icon={UnfoldVertical} words="show them" isDisabled={isLoading} onClick={ask("all")} />
      ) : (
        <>
          {!isFirst && (
            <GapButton
              Icon={ArrowDownFromLine}
              words={`show ${stepLines} below`}
              isDisabled={isLoading}
              onClick={ask("top")}
            />
          )}
          {!isLast && (
            <GapButton
              Icon={ArrowUpFromLine}
              words={`show ${stepLines} above`}
              isDisabled={isLoading}
              onClick={ask("bottom")}
            />
          )}
          <GapButton Icon={UnfoldVertical} words="show all" isDisabled={isLoading} onClick={ask("all")} />
        </>
      )}
    </div>
  )
}

function countWords(left: number | null): string {
  if (left === null) return "unchanged lines to the end"
  return `${left.toLocaleString("en-US")} unchanged ${left === 1 ? "line" : "lines"}`
}

type ButtonProps = Readonly<{ Icon: LucideIcon; words: string; isDisabled: boolean; onClick: () => void }>

function GapButton({ Icon, words, isDisabled, onClick }: ButtonProps) {
  return (
    <button
      type="button"
      disabled={isDisabled}
      onClick={onClick}
      className="inline-flex min-h-7 items-center gap-1 rounded text-ink hover:underline disabled:text-faint"
    >
      <Icon size={14} aria-hidden />
      {words}
    </button>
  )
}
