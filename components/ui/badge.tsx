import { Ban, Check, CircleDashed, CircleDot, Clock, TriangleAlert, type LucideIcon } from "lucide-react"

type Tone = keyof typeof icons

/** Where something stands, by icon and word: `live`, `suspended`, `waits for you`. */
export function Badge({ tone, words }: Readonly<{ tone: Tone; words: string }>) {
  const Icon = icons[tone]

  return (
    <span className={`inline-flex items-baseline gap-1.5 text-sm whitespace-nowrap ${looks[tone]}`}>
      <Icon size={14} aria-hidden className="shrink-0 self-center" />
      {words}
    </span>
  )
}

const icons = {
  good: Check,
  open: CircleDot,
  waits: CircleDashed,
  soon: Clock,
  look: TriangleAlert,
  off: Ban,
} as const satisfies Record<string, LucideIcon>

const looks: Readonly<Record<Tone, string>> = {
  good: "text-ink",
  open: "text-ink",
  waits: "text-muted",
  soon: "text-look-ink",
  look: "font-medium text-look-ink",
  off: "text-faint",
}
