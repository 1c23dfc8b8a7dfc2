import { createElement } from "react"
import { renderToStaticMarkup } from "react-dom/server"
import type { DiffPart } from "@/components/diffs/diff-model"
import { DiffView } from "@/components/diffs/diff-view"
import { ReviewProvider } from "@/components/diffs/review"

/** A change's diff as the server renders it. */
export function renderedChange(parts: readonly DiffPart[]): string {
  return renderToStaticMarkup(
    createElement(ReviewProvider, { parts, remembered: "unified", children: createElement(DiffView) }),
  )
}

/**
 * What a person can read of it: its texts, where one ends and the next begins,
 * and which of them are boxed (between \u0001 and \u0002, which no text shows
 * as they are). Marks of changed words go, since they say nothing of their own.
 */
export function readable(markup: string): string {
  return markup
    .replace(/<span class="code-point"[^>]*>([^<]*)<\/span>/g, "\u0001$1\u0002")
    .replace(/<\/?(?:bdi|mark)[^>]*>/g, "")
    .replace(/(?:<[^>]*>)+/g, "|")
}
