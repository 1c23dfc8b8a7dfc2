import { memo } from "react"
import { CodePoint } from "@/components/ui/code-point"
import { linePieces, type LinePiece } from "./line-pieces"
import type { DiffLine } from "./parse-unified"
import type { Range } from "./word-changes"

type Props = Readonly<{ line: DiffLine; changed: readonly Range[] | undefined }>

/** One line: old number, new number, sign, content. Text nodes only (SPEC 7.4). */
export const DiffLineRow = memo(function DiffLineRow({ line, changed }: Props) {
  const Code = { added: "ins", removed: "del", context: "span" } as const
  const Content = Code[line.kind]

  return (
    <div className="diff-line" data-kind={line.kind}>
      <span className="diff-number">{line.oldNumber}</span>
      <span className="diff-number">{line.newNumber}</span>
      <span className="diff-mark">{marks[line.kind]}</span>
      <Content className="diff-code" dir="ltr">
        {linePieces(line.text, changed).map((piece, index) => (
          <Piece key={index} piece={piece} />
        ))}
        {line.lacksNewline && <span className="diff-no-newline">no newline at the end of the file</span>}
      </Content>
    </div>
  )
})

const marks = { added: "+", removed: "−", context: "" } as const

function Piece({ piece }: Readonly<{ piece: LinePiece }>) {
  const shown = contentOf(piece)
  return piece.isChanged ? <mark className="diff-word">{shown}</mark> : shown
}

function contentOf(piece: LinePiece) {
  if ("text" in piece) return piece.text
  if ("tab" in piece) return <span className="diff-tab">{"\t"}</span>
  return <CodePoint codePoint={piece.codePoint} name={piece.name} />
}
