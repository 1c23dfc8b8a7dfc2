/** Which call of a plan something belongs to. */
export function CallNumber({ call }: Readonly<{ call: number }>) {
  return (
    <span className="inline-flex h-4.5 min-w-4.5 shrink-0 items-center justify-center rounded-full border border-line-strong px-1 font-sans text-[11px] font-medium text-muted tabular-nums">
      <span className="sr-only">Call </span>
      {call}
    </span>
  )
}
