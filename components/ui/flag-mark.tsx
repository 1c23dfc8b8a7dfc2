import { Flag } from "lucide-react"

/** Something to look at twice, in words. */
export function FlagMark({ words }: Readonly<{ words: string }>) {
  return (
    <span className="inline-flex items-baseline gap-1 rounded border border-look-line bg-look px-1.5 text-xs leading-4.5 font-medium whitespace-nowrap text-look-ink">
      <Flag size={12} aria-hidden className="shrink-0 self-center" />
      {words}
    </span>
  )
}
