import { BreakGlassAction } from "./break-glass-action"
import type { Broken } from "./post-break-glass"

/** Below the facts of an approval, for administrators: the way out when those who decide cannot be reached. */
export function BreakGlassEntry({ subject }: Readonly<{ subject: Broken }>) {
  return (
    <div className="flex flex-col items-start gap-1.5 border-t border-line pt-3 text-sm">
      <div className="flex flex-wrap gap-x-3 text-muted">
        <BreakGlassAction step="begin" subject={subject} />
      </div>
      <p className="text-xs text-muted">
        Two administrators approve together when those who decide cannot be reached.
      </p>
    </div>
  )
}
