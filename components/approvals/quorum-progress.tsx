import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { placesOf, waysIn, type Counted, type Place } from "@/lib/approvals/quorum"

type Props = Readonly<{
  required: ApprovalView["required"]
  counted: Counted
  /** Who voted for it and does not count. */
  lapsed: readonly string[]
}>

/** How far each way of deciding is, by the votes that count now. */
export function QuorumProgress({ required, counted, lapsed }: Props) {
  return (
    <>
      <ul className="flex flex-col gap-0.5">
        {waysIn(required).map((way, index) => (
          <li key={index} className="flex flex-wrap items-baseline gap-x-1.5">
            {index > 0 && <span className="text-faint">or</span>}
            {placesOf(way, counted).map((place, at) => (
              <PlaceCount key={place.group} place={place} isMore={at > 0} />
            ))}
          </li>
        ))}
      </ul>
      {lapsed.length > 0 && (
        <span className="text-muted">
          Not counted: {new Intl.ListFormat("en-GB").format(lapsed)}, who could not vote on this now, or not
          besides who did.
        </span>
      )}
    </>
  )
}

type PlaceProps = Readonly<{ place: Place; isMore: boolean }>

function PlaceCount({ place: { group, count, filled }, isMore }: PlaceProps) {
  return (
    <span className={filled >= count ? "text-muted" : ""}>
      {isMore && "and "}
      <span className="tabular-nums">
        {filled} of {count}
      </span>{" "}
      {group}
    </span>
  )
}
