import { UserRound } from "lucide-react"

/** That nobody stands between who asks and who approves: the policy says so, in the open. */
export function SelfReviewLine({ isDecided = false }: Readonly<{ isDecided?: boolean }>) {
  return (
    <p
      role="note"
      className="flex items-baseline gap-2 rounded border border-look-line bg-look px-3 py-1.5 text-sm text-look-ink"
    >
      <UserRound size={14} aria-hidden className="shrink-0 self-center" />
      <span>
        {isDecided
          ? "One person both asked and approved here: nobody else of the agency could decide, and the policy allowed self-review."
          : "One person both asks and approves here: nobody else of the agency can decide, and the policy allows self-review."}
      </span>
    </p>
  )
}
