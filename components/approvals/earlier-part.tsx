"use client"

import { ChevronRight } from "lucide-react"
import { useState } from "react"
import { DiffLineRow } from "@/components/diffs/diff-line"
import type { FieldRow } from "@/components/diffs/field-model"
import { FieldTable } from "@/components/diffs/field-table"
import { readPatch } from "@/components/diffs/read-patch"
import { wordChanges } from "@/components/diffs/word-changes"
import { LineCounts } from "@/components/ui/line-counts"
import { Visible } from "@/components/ui/visible"
import type { PartInterdiff } from "@/lib/approvals/interdiff.schema"
import { sinceWords } from "./earlier-words"

type Props = Readonly<{
  part: Omit<PartInterdiff, "diff">
  path: string
  /** What differs: a patch of lines, or fields; null when nothing does or nobody knows. */
  since: string | readonly FieldRow[] | null
}>

/** One target: what is asked for now, beside what was asked for then. Folded; the change itself stands below. */
export function EarlierPart({ part, path, since }: Props) {
  const [isOpen, setOpen] = useState(false)
  const { added, removed, hiddenCharacters, isSameBefore } = part

  return (
    <div className="border-b border-line">
      <button
        type="button"
        disabled={since === null}
        aria-expanded={since === null ? undefined : isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex min-h-9 w-full flex-wrap items-center gap-x-3 gap-y-0.5 py-1.5 text-left text-sm enabled:hover:bg-hover disabled:cursor-default"
      >
        <ChevronRight
          size={14}
          aria-hidden
          className={`shrink-0 transition-transform ${isOpen ? "rotate-90" : ""} ${since === null ? "invisible" : ""}`}
        />
        <span className="min-w-0 font-mono text-xs">
          <Visible text={path} />
        </span>
        <span className="text-muted">
          {sinceWords(part)}
          {!isSameBefore && "; the target was in another state then"}
        </span>
        {since !== null && <LineCounts added={added} removed={removed} />}
        {hiddenCharacters > 0 && <span className="text-look-ink">{hiddenCharacters} hidden characters</span>}
      </button>
      {isOpen && typeof since === "string" && <Patch text={since} />}
      {isOpen && typeof since === "object" && since !== null && <FieldTable fields={since} />}
    </div>
  )
}

function Patch({ text }: Readonly<{ text: string }>) {
  const { hunks } = readPatch(text)
  // Where no line differs, its head says what does: the mode, or that it is no text.
  const head = hunks.length === 0 ? text.trimEnd().split("\n").slice(1) : []

  return (
    <div className="diff border-t border-line">
      {head.map((line) => (
        <p key={line} className="px-3 py-0.5 font-mono text-sm text-muted">
          <Visible text={line} />
        </p>
      ))}
      {hunks.map(({ header, lines }) => {
        const marks = wordChanges(lines)
        return (
          <div key={header} className="[content-visibility:auto]">
            <div className="border-b border-line bg-accent-soft/40 px-3 py-0.5 font-mono text-xs text-muted">
              {header}
            </div>
            {lines.map((line, index) => (
              <DiffLineRow key={index} line={line} changed={marks.get(line)} />
            ))}
          </div>
        )
      })}
    </div>
  )
}
