import { CallNumber } from "@/components/ui/call-number"
import { CodePoint } from "@/components/ui/code-point"
import { linePieces } from "@/components/diffs/line-pieces"

type Props = Readonly<{
  text: string | null
  /** What it says of single calls of a plan. */
  onCalls?: readonly Readonly<{ call: number; text: string }>[]
}>

/** What an agent says, below the line: plain, monospaced, boxed and labelled, so that it cannot pass for ours. */
export function AgentWords({ text, onCalls = [] }: Props) {
  return (
    <section aria-label="said by the agent, not verified" className="flex flex-col gap-3">
      <div className="flex items-center gap-3">
        <span aria-hidden className="h-px w-6 bg-line-strong" />
        <h2 className="text-xs font-medium text-muted">said by the agent, not verified</h2>
        <span aria-hidden className="h-px flex-1 bg-line-strong" />
      </div>
      {text === null && onCalls.length === 0 && (
        <p className="text-sm text-faint">Nothing. No reason came with the request.</p>
      )}
      {text !== null && <Box text={text} />}
      {onCalls.length > 0 && (
        <ul className="flex flex-col gap-2">
          {onCalls.map((said) => (
            <li key={said.call} className="grid grid-cols-[auto_minmax(0,1fr)] items-start gap-3">
              <span className="pt-2.5">
                <CallNumber call={said.call} />
              </span>
              <Box text={said.text} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Box({ text }: Readonly<{ text: string }>) {
  return (
    <div
      dir="ltr"
      className="border border-dashed border-line-strong bg-surface px-3 py-2 font-mono text-sm [overflow-wrap:anywhere] whitespace-pre-wrap text-muted"
    >
      <Said text={text} />
    </div>
  )
}

function Said({ text }: Readonly<{ text: string }>) {
  return text.split("\n").map((line, at) => (
    <bdi key={at} dir="ltr" className="block min-h-[1lh]">
      {linePieces(line).map((piece, index) => {
        if ("text" in piece) return piece.text
        if ("tab" in piece) return "\t"
        return <CodePoint key={index} codePoint={piece.codePoint} name={piece.name} />
      })}
    </bdi>
  ))
}
