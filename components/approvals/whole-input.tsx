"use client"

import { ChevronRight } from "lucide-react"
import { useMemo, useState } from "react"
import { DiffLineRow } from "@/components/diffs/diff-line"
import { prettyLines } from "./pretty-lines"

/**
 * The call's whole input, which the hash covers: folded, but counted, so that
 * nobody overlooks that it is there. Its lines come when it is opened: most of
 * a long one stands in the diff already.
 */
export function WholeInput({ json, sha256 }: Readonly<{ json: string; sha256: string }>) {
  const { lines, hidden } = useMemo(() => prettyLines(json), [json])
  const [isOpen, setOpen] = useState(false)

  return (
    <details className="group border-y border-line" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="flex min-h-9 list-none items-center gap-2 px-3 py-1.5 text-sm text-muted hover:bg-hover">
        <ChevronRight size={14} aria-hidden className="shrink-0 transition-transform group-open:rotate-90" />
        <span className="font-medium text-ink">The whole input</span>
        <span>
          {counted(json.length, "character")}, {counted(lines.length, "line")}
          {hidden > 0 && `, ${counted(hidden, "hidden character")}`}
        </span>
        <span className="ml-auto hidden font-mono text-xs text-faint md:inline">
          sha-256 {sha256.slice(0, 8)}
        </span>
      </summary>
      {isOpen && <InputLines lines={lines} />}
    </details>
  )
}

function InputLines({ lines }: Readonly<{ lines: readonly string[] }>) {
  return (
    <div className="diff border-t border-line py-1">
      {lines.map((text, index) => (
        <DiffLineRow
          key={index}
          changed={undefined}
          line={{ kind: "context", oldNumber: null, newNumber: index + 1, text, lacksNewline: false }}
        />
      ))}
    </div>
  )
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`
}
