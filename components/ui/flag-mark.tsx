import { Flag } from "lucide-react"

/** Something to look at twice, in words. */
export function FlagMark({ words }: Readonly<{ words: string }>) {
  return (
    <span className="inline-flex h-5 items-center gap-1 rounded border border-look-line bg-look px-1.5 text-xs leading-none font-medium whitespace-nowrap text-look-ink">
      <Flag size={12} aria-hidden />
      {words}
    </span>
  )
}
