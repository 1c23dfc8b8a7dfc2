import { memo } from "react"
import { CodePoint } from "@/components/ui/code-point"
import { Visible } from "@/components/ui/visible"
import { linePieces, type LinePiece } from "./line-pieces"
import type { DiffLine } from "./parse-unified"
import type { Range } from "./word-changes"

type Props = Readonly<{ line: DiffLine; changed: readonly Range[] | undefined }>

/** One line: old number, new number, sign, content. Text nodes only (SPEC 7.4). */
export const DiffLineRow = memo(function DiffLineRow({ line, changed }: Props) {
  return (
    <div className="diff-line" data-kind={line.kind}>
      <span className="diff-number">{line.oldNumber}</span>
      <span className="diff-number">{line.newNumber}</span>
      <span className="diff-mark">{lineMarks[line.kind]}</span>
      <LineContent line={line} changed={changed} />
    </div>
  )
})

export const lineMarks = { added: "+", removed: "−", context: "" } as const

const elements = { added: "ins", removed: "del", context: "span" } as const

/** What a line says, with everything in it that would not be seen. */
export function LineContent({ line, changed }: Props) {
  const Content = elements[line.kind]

  return (
    <Content className="diff-code" dir="ltr">
      {linePieces(line.text, changed).map((piece, index) => (
        <Piece key={index} piece={piece} />
      ))}
      {line.lacksNewline && <span className="diff-no-newline">no newline at the end of the file</span>}
      {line.moved !== undefined && (
        <span className="diff-moved">
          <Visible text={line.moved} />
        </span>
      )}
    </Content>
  )
}

function Piece({ piece }: Readonly<{ piece: LinePiece }>) {
  const shown = contentOf(piece)
  return piece.isChanged ? <mark className="diff-word">{shown}</mark> : shown
}

function contentOf(piece: LinePiece) {
  if ("text" in piece) return piece.text
  if ("tab" in piece) return <span className="diff-tab">{"\t"}</span>
  return <CodePoint codePoint={piece.codePoint} name={piece.name} />
}
