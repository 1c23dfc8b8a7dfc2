import { linePieces } from "@/components/diffs/line-pieces"
import { CodePoint } from "./code-point"

/** A short text from outside, with everything that could hide or imitate something boxed (SPEC 7.2). */
export function Visible({ text }: Readonly<{ text: string }>) {
  return (
    <bdi dir="ltr" className="[overflow-wrap:anywhere]">
      {linePieces(text).map((piece, index) => {
        if ("text" in piece) return piece.text
        if ("tab" in piece) return <CodePoint key={index} codePoint="U+0009" name="CHARACTER TABULATION" />
        return <CodePoint key={index} codePoint={piece.codePoint} name={piece.name} />
      })}
    </bdi>
  )
}
