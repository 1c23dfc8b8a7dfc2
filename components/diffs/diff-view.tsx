"use client"

import { DiffFile } from "./diff-file"
import type { FileModel } from "./diff-model"
import { useDiff } from "./review"

/** Longer changes mount their lines as they come near, and let go of them when they are far. */
const mountedLinesMax = 2_000

/** How many stretches of a long change the server renders: the first screens of it. */
const firstSegmentsMax = 4

type Props = Readonly<{
  /** Which call of a plan is shown, from 1; without it, all there is. */
  call?: number
}>

/** Everything a change does, file by file, unified or side by side. */
export function DiffView({ call }: Props) {
  const { files } = useDiff()
  const shown = files.map((file, index) => ({ file, index })).filter(({ file }) => file.part.call === call)
  const isLong = files.reduce((sum, file) => sum + linesIn(file), 0) > mountedLinesMax
  const firstItems = isLong ? firstSegments(files) : null

  return (
    <div className="flex flex-col gap-6">
      {shown.map(({ file, index }) => (
        <DiffFile
          key={file.id}
          file={file}
          isOnly={shown.length === 1}
          isLong={isLong}
          firstItems={firstItems?.[index] ?? Number.MAX_SAFE_INTEGER}
        />
      ))}
    </div>
  )
}

/** How many stretches of each file are among the first of the change. */
function firstSegments(files: readonly FileModel[]): number[] {
  let left = firstSegmentsMax
  return files.map((file) => {
    const first = left
    left = Math.max(0, left - segmentsIn(file))
    return first
  })
}

function linesIn({ hunks }: FileModel): number {
  return hunks.reduce(
    (sum, { segments }) => sum + segments.reduce((all, { lines }) => all + lines.length, 0),
    0,
  )
}

function segmentsIn({ hunks }: FileModel): number {
  return hunks.reduce((sum, { segments }) => sum + segments.length, 0)
}
