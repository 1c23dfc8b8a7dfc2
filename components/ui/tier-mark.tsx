import type { Tier } from "@/lib/tools/tool"
import { tierWords } from "./tier-words"

/** A tier by letter, shape and tint: the more corners and ink, the more harm it can do. */
export function TierMark({ tier }: Readonly<{ tier: Tier }>) {
  const { letter, words } = tierWords[tier]
  const look = looks[tier]

  return (
    <span
      title={`${letter} · ${words}`}
      className={`inline-flex h-5 shrink-0 items-baseline gap-1 rounded border px-1.5 text-[11px] leading-4.5 font-semibold ${look.tint}`}
    >
      <svg
        width="10"
        height="10"
        viewBox="0 0 12 12"
        aria-hidden
        className="shrink-0 self-center"
        fill={look.fill}
        stroke="currentColor"
        strokeWidth="1.6"
      >
        <path d={look.shape} />
      </svg>
      {letter}
      <span className="sr-only">, {words}</span>
    </span>
  )
}

const grey = "border-line-strong text-muted"
const ink = "border-line-strong bg-surface text-ink"
const amber = "border-look-line bg-look text-look-ink"

const looks = {
  T0_READ: { shape: "M6 1a5 5 0 1 0 0 10a5 5 0 1 0 0-10z", fill: "none", tint: grey },
  T1_REVERSIBLE_WRITE: { shape: "M1.5 1.5h9v9h-9z", fill: "none", tint: grey },
  T2_IRREVERSIBLE_WRITE: { shape: "M6 .8l5.2 5.2L6 11.2.8 6z", fill: "currentColor", tint: ink },
  T3_EXECUTE: { shape: "M3.4 1h5.2L11.4 6 8.6 11H3.4L.6 6z", fill: "none", tint: amber },
  T4_IDENTITY_MONEY_OUTBOUND: {
    shape: "M3.8.8h4.4l3 3v4.4l-3 3H3.8l-3-3V3.8z",
    fill: "currentColor",
    tint: amber,
  },
} as const satisfies Record<Tier, { shape: string; fill: string; tint: string }>
