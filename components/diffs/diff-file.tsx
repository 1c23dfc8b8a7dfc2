"use client"

import { Check, FileMinus2, FilePen, FilePlus2 } from "lucide-react"
import { useMemo } from "react"
import { CallNumber } from "@/components/ui/call-number"
import { FlagMark } from "@/components/ui/flag-mark"
import { LineCounts } from "@/components/ui/line-counts"
import { Visible } from "@/components/ui/visible"
import { flagWords } from "./flag-words"
import { DiffHunks } from "./diff-hunks"
import type { FileModel, HunkModel } from "./diff-model"
import { LayoutToggle } from "./layout-toggle"
import { useDiff, useReview } from "./review"
import { hasTwoSides } from "./split-model"
import { useExpansion } from "./use-expansion"

type Props = Readonly<{
  file: FileModel
  /** Whether the change is only this: its flags and counts stand above it already. */
  isOnly: boolean
  isLong: boolean
  /** How many of its stretches the server renders. */
  firstItems: number
}>

/** One file of a change: its name stays on top while its lines pass. */
export function DiffFile({ file, isOnly, isLong, firstItems }: Props) {
  const { part, hunks } = file
  const { layout } = useDiff()
  const expansion = useExpansion(file)
  const Heading = part.call === undefined ? "h2" : "h3"
  const isToggled = useMemo(() => hasTwoSides(file), [file])
  const isWide = useMemo(() => hunks.some(hasLongNumbers), [hunks])
  const isSplit = isToggled && layout === "split"

  return (
    <section id={file.id} aria-label={labelOf(part)} className="scroll-mt-12">
      <header className="sticky top-12 z-10 flex min-h-9 flex-wrap items-center gap-x-3 border-y border-line bg-surface px-3 py-1">
        {/* Beside its counts a name would break on a phone where it should not. */}
        <Heading
          className={`flex min-w-0 flex-1 items-center gap-2 font-mono text-sm font-medium ${isOnly ? "basis-40" : "basis-full sm:basis-40"}`}
        >
          {part.call !== undefined && <CallNumber call={part.call} />}
          <OpMark op={part.op} />
          <Visible text={part.path} />
        </Heading>
        <LayoutToggle hasTwoSides={isToggled} expansion={expansion} />
        {!isOnly && <LineCounts added={part.added} removed={part.removed} />}
        <SeenMark hunks={hunks} />
      </header>
      {!isOnly && <Flags part={part} />}
      {file.notes.map((note) => (
        <p key={note} className="border-b border-line px-3 py-2 font-mono text-sm text-muted">
          <Visible text={note} />
        </p>
      ))}
      {expansion?.problem != null && (
        <p role="alert" className="border-b border-look-line bg-look px-3 py-2 text-sm text-look-ink">
          {expansion.problem}
        </p>
      )}
      <div className="diff" data-wide={isWide || undefined} data-layout={isSplit ? "split" : "unified"}>
        <DiffHunks
          hunks={hunks}
          isLong={isLong}
          firstItems={firstItems}
          isSplit={isSplit}
          expansion={expansion}
        />
      </div>
    </section>
  )
}

/** What it is, for those who hear it; two calls of a plan may concern the same file. */
function labelOf({ call, op, path }: FileModel["part"]): string {
  const words = `${opWords[op] ?? op} ${path}`
  return call === undefined ? words : `Call ${call}: ${words}`
}

/** Below the name, not beside it: several of them would keep half a phone's screen covered. */
function Flags({ part }: Readonly<{ part: FileModel["part"] }>) {
  if (part.flags.length === 0) return null

  return (
    <div className="flex flex-wrap gap-x-2 gap-y-1 border-b border-line px-3 py-1.5">
      {part.flags.map((flag) => (
        <FlagMark key={flag} words={flagWords(flag, part.hiddenCharacters)} />
      ))}
    </div>
  )
}

/** Apart from the file, so that what was seen does not render its lines again. */
function SeenMark({ hunks }: Readonly<{ hunks: readonly HunkModel[] }>) {
  const { isHunkSeen } = useReview()
  return (
    <span className="inline-flex w-14 items-center justify-end gap-1 text-xs text-muted">
      {hunks.every(({ id }) => isHunkSeen(id)) ? (
        <>
          seen <Check size={14} aria-hidden />
        </>
      ) : (
        <span className="text-faint">not yet</span>
      )}
    </span>
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

/** In words too: a record that is created and one that gets its first fields have the same rows. */
function OpMark({ op }: Readonly<{ op: string }>) {
  const Icon = { create: FilePlus2, delete: FileMinus2 }[op] ?? FilePen
  return (
    <span className="inline-flex shrink-0 items-center gap-1.5 font-sans text-xs text-muted">
      <Icon size={16} aria-hidden className="text-faint" />
      {opWords[op] ?? <Visible text={op} />}
    </span>
  )
}

/** Numbers only grow, so the last line of a hunk has the longest. */
function hasLongNumbers({ segments }: HunkModel): boolean {
  const last = segments.at(-1)?.lines.at(-1)
  return Math.max(last?.oldNumber ?? 0, last?.newNumber ?? 0) > 9_999
}
