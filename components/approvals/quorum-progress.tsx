import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { placesOf, waysIn, type Counted, type Place } from "@/lib/approvals/quorum"

type Props = Readonly<{
  required: ApprovalView["required"]
  counted: Counted
  /** Who voted for it and no longer counts. */
  lapsed: readonly string[]
}>

/** How far each way of deciding is, by the votes that count now. */
export function QuorumProgress({ required, counted, lapsed }: Props) {
  return (
    <>
      <ul className="flex flex-col gap-0.5">
        {waysIn(required).map((way, index) => (
          <li key={index} className="flex flex-wrap items-baseline gap-x-3">
            {index > 0 && <span className="text-faint">or</span>}
            {placesOf(way, counted).map((place) => (
              <PlaceCount key={place.group} place={place} />
            ))}
          </li>
        ))}
      </ul>
      {lapsed.length > 0 && (
        <span className="text-muted">
          Not counted any more: {new Intl.ListFormat("en-GB").format(lapsed)}, who could not vote on this now.
        </span>
      )}
    </>
  )
}

function PlaceCount({ place: { group, count, filled } }: Readonly<{ place: Place }>) {
  return (
    <span className={filled >= count ? "text-muted" : ""}>
      <span className="tabular-nums">
        {filled} of {count}
      </span>{" "}
      {group}
    </span>
  )
}
