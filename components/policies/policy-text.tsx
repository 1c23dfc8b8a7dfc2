import { Visible } from "@/components/ui/visible"

/** A policy as it was written, line by line, with everything that could hide boxed. */
export function PolicyText({ text }: Readonly<{ text: string }>) {
  const lines = text.replace(/\n$/, "").split("\n")

  return (
    <ol aria-label="The policy as it was written" className="font-mono text-sm leading-5">
      {lines.map((line, index) => (
        <li key={index} className="flex">
          <span aria-hidden className="w-12 shrink-0 pr-3 text-right text-faint select-none">
            {index + 1}
          </span>
          <span className="min-w-0 flex-1 whitespace-pre-wrap">
            <Visible text={line} />
          </span>
        </li>
      ))}
    </ol>
  )
}
