/** One code point in a box, by number and name. */
export function CodePoint({ codePoint, name }: Readonly<{ codePoint: string; name: string }>) {
  return (
    <span className="code-point" data-code-point={codePoint}>
      {codePoint} {name}
    </span>
  )
}
