import Link from "next/link"

type Tab = Readonly<{ words: string; href: string; isCurrent: boolean; count?: number }>

/** Which part of a list is shown; each part has an address of its own. */
export function FilterTabs({ label, tabs }: Readonly<{ label: string; tabs: readonly Tab[] }>) {
  return (
    <nav aria-label={label} className="inline-flex rounded-md border border-line-strong bg-surface p-0.5">
      {tabs.map(({ words, href, isCurrent, count }) => (
        <Link
          key={words}
          href={href}
          aria-current={isCurrent ? "true" : undefined}
          className="inline-flex h-7 items-center gap-1.5 rounded px-2.5 text-sm text-muted hover:text-ink aria-[current=true]:bg-raised aria-[current=true]:font-medium aria-[current=true]:text-ink aria-[current=true]:shadow-[0_0_0_1px_var(--line-strong)] pointer-coarse:h-9"
        >
          {words}
          {count !== undefined && <span className="text-xs text-faint">{count.toLocaleString("en-US")}</span>}
        </Link>
      ))}
    </nav>
  )
}
