import { DiffView } from "@/components/diffs/diff-view"
import { ReviewProvider } from "@/components/diffs/review"
import type { DiffLayout } from "@/components/diffs/use-layout"
import type { ToolDetail } from "@/lib/tools/tool.schema"

type Props = Readonly<{ tool: ToolDetail; diff: NonNullable<ToolDetail["diff"]>; layout: DiffLayout }>

/** What accepting would change, in the view in which every change is read. */
export function DefinitionReview({ tool, diff, layout }: Props) {
  const { against, ...counts } = diff
  const part = {
    ...counts,
    kind: "file",
    path: `${tool.name}, ${againstWords(against, tool.version)}`,
    workspace: tool.server,
    op: against === null ? "create" : "update",
  }

  return (
    <ReviewProvider key={tool.offeredHash} parts={[part]} remembered={layout}>
      {counts.added + counts.removed === 0 ? (
        <p className="px-4 text-sm text-muted md:px-6">
          The definition is the same as that of version {against}, letter by letter.
        </p>
      ) : (
        <DiffView />
      )}
    </ReviewProvider>
  )
}

function againstWords(against: string | null, version: string): string {
  if (against === null) return "never accepted before"
  return against === version ? "against what was accepted" : `against version ${against}`
}
