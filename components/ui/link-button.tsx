import Link from "next/link"
import type { ReactNode } from "react"
import { OpeningMark } from "./opening-mark"

type Props = Readonly<{ look: "primary" | "plain"; href: string; children: ReactNode }>

const looks = {
  primary: "bg-accent text-accent-ink hover:bg-accent-hover border-transparent",
  plain: "bg-raised text-ink border-line-strong hover:bg-hover",
} as const

/** A way to another page that looks like what it begins: `New key`. */
export function LinkButton({ look, href, children }: Props) {
  return (
    <Link
      href={href}
      className={`inline-flex h-8 shrink-0 items-center justify-center gap-2 rounded-md border px-3 text-sm font-medium whitespace-nowrap ${looks[look]}`}
    >
      {children} <OpeningMark />
    </Link>
  )
}
