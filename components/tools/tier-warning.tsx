import { TriangleAlert } from "lucide-react"
import { tierWords } from "@/components/ui/tier-words"
import { isLowered, type Tier } from "@/lib/tools/tool"

/** Says plainly that a tool will be asked less than before. */
export function TierWarning({ from, to }: Readonly<{ from: Tier | null; to: Tier | null }>) {
  if (from === null || to === null || !isLowered(from, to)) return null

  return (
    <p
      role="status"
      className="flex gap-2 rounded-md border border-look-line bg-look px-3 py-2 text-sm text-look-ink"
    >
      <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
      <span>
        This lowers the tier from {tierWords[from].letter} to {tierWords[to].letter}: less is asked before the
        tool acts. It is recorded with your name, and from T2 to T4 somebody else has to approve it.
      </span>
    </p>
  )
}
