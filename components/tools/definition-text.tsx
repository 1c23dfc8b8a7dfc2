import { ChevronRight } from "lucide-react"
import { DiffLineRow } from "@/components/diffs/diff-line"
import { countHidden } from "@/lib/kernel/text"

type Props = Readonly<{
  title: string
  definition: Readonly<{ hash: string; text: string }>
  isOpen: boolean
}>

/** A whole definition, one member a line, with everything that could hide boxed. */
export function DefinitionText({ title, definition: { hash, text }, isOpen }: Props) {
  const lines = text.trimEnd().split("\n")
  const hidden = countHidden(text)

  return (
    <details open={isOpen} className="group border-y border-line">
      <summary className="flex min-h-9 list-none flex-wrap items-center gap-x-2 px-3 py-1.5 text-sm text-muted hover:bg-hover">
        <ChevronRight size={14} aria-hidden className="shrink-0 transition-transform group-open:rotate-90" />
        <span className="font-medium text-ink">{title}</span>
        <span>
          {lines.length.toLocaleString("en-US")} {lines.length === 1 ? "line" : "lines"}
          {hidden > 0 && `, ${hidden} hidden ${hidden === 1 ? "character" : "characters"}`}
        </span>
        <span className="ml-auto hidden font-mono text-xs text-faint md:inline">hash {hash.slice(0, 8)}</span>
      </summary>
      <div className="diff border-t border-line py-1">
        {lines.map((line, index) => (
          <DiffLineRow
            key={index}
            changed={undefined}
            line={{ kind: "context", oldNumber: null, newNumber: index + 1, text: line, lacksNewline: false }}
          />
        ))}
      </div>
    </details>
  )
}
