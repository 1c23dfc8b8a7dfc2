import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { placesOf, waysIn, type Counted, type Place } from "@/lib/approvals/quorum"
import { groupWords } from "./rule-words"

type Props = Readonly<{ required: ApprovalView["required"]; counted: Counted }>

/** How far each way of deciding is, by the votes that count now. */
export function QuorumProgress({ required, counted }: Props) {
  return (
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
      {groupWords(group, count)}
    </span>
  )
}
