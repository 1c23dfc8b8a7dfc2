import { ShieldCheck, TriangleAlert } from "lucide-react"
import { Visible } from "@/components/ui/visible"

type Props = Readonly<{
  loosens: readonly string[]
  tightens?: readonly string[]
  /** What it is held against. */
  against?: string
}>

/** What a change of the rules lets through that was held, and what it holds that was let through. */
export function Strictness({ loosens, tightens = [], against = "what holds" }: Props) {
  return (
    <>
      {loosens.length > 0 && (
        <div className="flex gap-2 rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink">
          <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
          <Sentences title={`It loosens ${against}`} sentences={loosens} />
        </div>
      )}
      {tightens.length > 0 && (
        <div className="flex gap-2 rounded-md border border-line bg-surface px-3 py-2 text-sm">
          <ShieldCheck size={16} aria-hidden className="mt-0.5 shrink-0 text-muted" />
          <Sentences title={`It tightens ${against}`} sentences={tightens} />
        </div>
      )}
    </>
  )
}

function Sentences({ title, sentences }: Readonly<{ title: string; sentences: readonly string[] }>) {
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <p className="font-medium">{title}</p>
      <ul className="list-disc pl-4">
        {sentences.map((sentence, index) => (
          <li key={index}>
            <Visible text={sentence} />
          </li>
        ))}
      </ul>
    </div>
  )
}
