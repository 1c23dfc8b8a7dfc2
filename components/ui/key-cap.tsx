/** A key as it is printed on a keyboard. */
export function KeyCap({ name }: Readonly<{ name: string }>) {
  return (
    <kbd className="hidden min-w-5 md:inline-block rounded border border-line-strong bg-surface px-1 text-center text-[11px] leading-4 font-medium text-muted">
      {name}
    </kbd>
  )
}
