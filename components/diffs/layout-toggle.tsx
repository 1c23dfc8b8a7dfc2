"use client"

import type { DiffLayout } from "./use-layout"
import { useDiff } from "./review"
import type { Expansion } from "./use-expansion"

const layouts = [
  { layout: "unified", title: "One column: what goes above what comes" },
  { layout: "split", title: "Two columns: before beside after" },
] as const satisfies readonly { layout: DiffLayout; title: string }[]

type Props = Readonly<{
  hasTwoSides: boolean
  /** What the diff leaves out; null where it leaves out nothing. */
  expansion: Expansion | null
}>

/** How the lines of a file stand: below each other, or side by side where the screen is wide enough; and with all that stays as it is. */
export function LayoutToggle({ hasTwoSides, expansion }: Props) {
  const { chosen, choose } = useDiff()
  if (!hasTwoSides && expansion === null) return null

  return (
    <div
      role="group"
      aria-label="Layout of the diff"
      className="inline-flex overflow-hidden rounded-md border border-line-strong text-xs"
    >
      {hasTwoSides &&
        layouts.map(({ layout, title }) => (
          <button
            key={layout}
            type="button"
            title={title}
            aria-pressed={chosen === layout}
            onClick={() => choose(layout)}
            className={`hidden lg:inline-block ${buttonClass}`}
          >
            {layout}
          </button>
        ))}
      {expansion !== null && (
        <button
          type="button"
          title="Also every line that stays as it is"
          aria-pressed={expansion.context.isWhole}
          disabled={expansion.isLoading}
          onClick={expansion.toggleWhole}
          className={`inline-block ${buttonClass}`}
        >
          whole file
        </button>
      )}
    </div>
  )
}

const buttonClass =
  "h-6 px-2 text-muted -outline-offset-2 border-line-strong lg:not-first:border-l hover:text-ink aria-pressed:bg-hover aria-pressed:font-medium aria-pressed:text-ink disabled:text-faint"
