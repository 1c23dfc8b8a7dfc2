import { linePieces, type LinePiece } from "@/components/diffs/line-pieces"
import type { Range } from "@/components/diffs/word-changes"
import { CodePoint } from "./code-point"

type Props = Readonly<{
  text: string
  /** What of it changed, where it stands against another one. */
  changed?: readonly Range[] | undefined
}>

/** A short text from outside, with everything that could hide or imitate something boxed (SPEC 7.2). */
export function Visible({ text, changed }: Props) {
  return (
    <bdi dir="ltr" className="[overflow-wrap:anywhere] [white-space-collapse:preserve]">
      {linePieces(text, changed).map((piece, index) => (
        <Piece key={index} piece={piece} />
      ))}
    </bdi>
  )
}

function Piece({ piece }: Readonly<{ piece: LinePiece }>) {
  const shown = contentOf(piece)
  return piece.isChanged ? <mark className="diff-word">{shown}</mark> : shown
}

function contentOf(piece: LinePiece) {
  if ("text" in piece) return piece.text
  if ("tab" in piece) return <CodePoint codePoint="U+0009" name="CHARACTER TABULATION" />
  return <CodePoint codePoint={piece.codePoint} name={piece.name} />
}
