"use client"

import type { DiffLayout } from "./use-layout"
import { useReview } from "./review"

const layouts = [
  { layout: "unified", title: "One column: what goes above what comes" },
  { layout: "split", title: "Two columns: before beside after" },
] as const satisfies readonly { layout: DiffLayout; title: string }[]

/** How the lines of the change stand: below each other, or side by side where the screen is wide enough. */
export function LayoutToggle() {
  const { chosen, choose } = useReview()

  return (
    <div
      role="group"
      aria-label="Layout of the diff"
      className="hidden overflow-hidden rounded-md border border-line-strong text-xs lg:inline-flex"
    >
      {layouts.map(({ layout, title }) => (
        <button
          key={layout}
          type="button"
          title={title}
          aria-pressed={chosen === layout}
          onClick={() => choose(layout)}
          className="h-6 px-2 text-muted -outline-offset-2 not-first:border-l not-first:border-line-strong hover:text-ink aria-pressed:bg-hover aria-pressed:font-medium aria-pressed:text-ink"
        >
          {layout}
        </button>
      ))}
    </div>
  )
}
