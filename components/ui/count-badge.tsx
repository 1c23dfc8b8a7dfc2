/** How many wait; nothing when none do. */
export function CountBadge({ count }: Readonly<{ count: number }>) {
  if (count === 0) return null

  return (
    <span className="block rounded-full bg-accent px-1.5 text-[11px] leading-4 font-medium text-accent-ink">
      {count}
      <span className="sr-only"> waiting</span>
    </span>
  )
}
