"use client"

import { DiffFile } from "./diff-file"
import { useReview } from "./review"

/** Longer changes mount their lines as they come near, and let go of them when they are far. */
const mountedLinesMax = 3_000

/** Everything a change does, file by file, unified or side by side. */
export function DiffView() {
  const { files } = useReview()
  const lines = files.flatMap((file) =>
    file.hunks.flatMap((hunk) => hunk.segments.map(({ lines }) => lines.length)),
  )
  const isLong = lines.reduce((sum, count) => sum + count, 0) > mountedLinesMax

  return (
    <div className="flex flex-col gap-6">
      {files.map((file) => (
        <DiffFile key={file.id} file={file} isLong={isLong} />
      ))}
    </div>
  )
}
