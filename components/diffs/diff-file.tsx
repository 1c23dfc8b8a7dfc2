"use client"

import { Check, FileMinus2, FilePen, FilePlus2 } from "lucide-react"
import { useMemo } from "react"
import { FlagMark } from "@/components/ui/flag-mark"
import { LineCounts } from "@/components/ui/line-counts"
import { Visible } from "@/components/ui/visible"
import { flagWords } from "./flag-words"
import { DiffHunks } from "./diff-hunks"
import type { FileModel } from "./diff-model"
import { LayoutToggle } from "./layout-toggle"
import { useReview } from "./review"
import { hasTwoSides } from "./split-model"

type Props = Readonly<{ file: FileModel; isLong: boolean }>

/** One file of a change: its name stays on top while its lines pass. */
export function DiffFile({ file, isLong }: Props) {
  const { part, hunks } = file
  const { isHunkSeen, layout } = useReview()
  const isToggled = useMemo(() => hasTwoSides(file), [file])
  const isSeen = hunks.every((hunk) => isHunkSeen(hunk.id))
  const isWide = hunks.some(({ segments }) => segments.some(({ lines }) => lines.some(hasLongNumber)))

  return (
    <section id={file.id} aria-label={`${opWords[part.op] ?? part.op} ${part.path}`} className="scroll-mt-12">
      <header className="sticky top-12 z-10 flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 border-y border-line bg-surface px-3 py-1">
        <h2 className="flex min-w-0 flex-1 basis-60 items-center gap-2 font-mono text-sm font-medium">
          <OpIcon op={part.op} />
          <Visible text={part.path} />
        </h2>
        {part.flags.map((flag) => (
          <FlagMark key={flag} words={flagWords(flag, part.hiddenCharacters)} />
        ))}
        {isToggled && <LayoutToggle />}
        <LineCounts added={part.added} removed={part.removed} />
        <span className="inline-flex w-14 items-center justify-end gap-1 text-xs text-muted">
          {isSeen ? (
            <>
              seen <Check size={14} aria-hidden />
            </>
          ) : (
            <span className="text-faint">not yet</span>
          )}
        </span>
      </header>
      {file.notes.map((note) => (
        <p key={note} className="border-b border-line px-3 py-2 font-mono text-sm text-muted">
          <Visible text={note} />
        </p>
      ))}
      <div className="diff" data-wide={isWide || undefined} data-layout={isToggled ? layout : "unified"}>
        <DiffHunks hunks={hunks} isLong={isLong} />
      </div>
    </section>
  )
}

const opWords: Readonly<Record<string, string>> = {
  create: "Creates",
  update: "Updates",
  delete: "Deletes",
  move: "Moves",
  send: "Sends by",
  execute: "Runs on",
  call: "Calls",
}

function OpIcon({ op }: Readonly<{ op: string }>) {
  const Icon = { create: FilePlus2, delete: FileMinus2 }[op] ?? FilePen
  return (
    <span title={opWords[op]} className="shrink-0 text-faint">
      <Icon size={16} aria-label={opWords[op] ?? op} role="img" />
    </span>
  )
}

function hasLongNumber(line: { oldNumber: number | null; newNumber: number | null }): boolean {
  return Math.max(line.oldNumber ?? 0, line.newNumber ?? 0) > 9_999
}
