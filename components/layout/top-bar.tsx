import { ChevronRight } from "lucide-react"
import Link from "next/link"
import type { ReactNode } from "react"

type Crumb = Readonly<{ words: string; href?: string }>

/** Where one is, and to the right what this page offers beside its content. */
export function TopBar({ crumbs, children }: Readonly<{ crumbs: readonly Crumb[]; children?: ReactNode }>) {
  return (
    <header className="sticky top-0 z-20 flex h-12 shrink-0 items-center gap-3 border-b border-line bg-page px-4 md:px-6">
      <nav aria-label="Breadcrumb" className="min-w-0 flex-1">
        <ol className="flex min-w-0 items-center gap-1 text-sm">
          {crumbs.map(({ words, href }, index) => (
            <li key={words} className="flex min-w-0 items-center gap-1 last:shrink">
              {index > 0 && <ChevronRight size={14} aria-hidden className="shrink-0 text-faint" />}
              {href === undefined ? (
                <span
                  aria-current={index === crumbs.length - 1 ? "page" : undefined}
                  className="truncate text-muted aria-[current=page]:font-medium aria-[current=page]:text-ink"
                >
                  {words}
                </span>
              ) : (
                <Link href={href} className="truncate rounded text-muted hover:text-ink">
                  {words}
                </Link>
              )}
            </li>
          ))}
        </ol>
      </nav>
      {children}
    </header>
  )
}
