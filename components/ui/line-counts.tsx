/** Lines added and removed; the signs say which is which, not only the colours. */
export function LineCounts({ added, removed }: Readonly<{ added: number; removed: number }>) {
  return (
    <span className="font-mono text-xs whitespace-nowrap">
      <span className="text-add-ink">+{added.toLocaleString("en-US")}</span>
      <span className="sr-only"> lines added,</span>{" "}
      <span className="text-del-ink">−{removed.toLocaleString("en-US")}</span>
      <span className="sr-only"> lines removed</span>
    </span>
  )
}
