import { Visible } from "@/components/ui/visible"
import type { ToolDetail } from "@/lib/tools/tool.schema"

/** What a server says of its own tool. It stands apart, and decides nothing. */
export function ToolHints({ hints }: Pick<ToolDetail, "hints">) {
  if (hints.length === 0) return null

  return (
    <section aria-label="Said by the server about its own tool" className="flex flex-col gap-2 px-4 md:px-6">
      <div className="flex items-center gap-3 text-xs text-faint">
        <span className="h-px w-4 bg-line-strong" aria-hidden />
        said by the server about its own tool, not verified; nothing is decided by it
        <span className="h-px flex-1 bg-line-strong" aria-hidden />
      </div>
      <ul className="rounded-md border border-line bg-surface px-3 py-2 font-mono text-xs">
        {hints.map(({ name, value }) => (
          <li key={name}>
            <Visible text={`${name}: ${value}`} />
          </li>
        ))}
      </ul>
    </section>
  )
}
