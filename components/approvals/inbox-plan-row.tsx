import Link from "next/link"
import { flagWords } from "@/components/diffs/flag-words"
import { callWords, highestTier } from "@/components/plans/plan-words"
import { FlagMark } from "@/components/ui/flag-mark"
import { LineCounts } from "@/components/ui/line-counts"
import { OpeningMark } from "@/components/ui/opening-mark"
import { TierMark } from "@/components/ui/tier-mark"
import { Time } from "@/components/ui/time"
import { PlanSentences } from "./plan-sentences"
import { selfReviewWords, whoWords, type InboxRowItem } from "./inbox-row"
import { TimeLeft } from "./time-left"

type Props = Readonly<{
  /** Its calls that wait, what expires first on top. */
  plan: Readonly<{ planId: string; items: readonly [InboxRowItem, ...InboxRowItem[]] }>
  isNew: boolean
}>

/** The waiting calls of one plan, which are decided together. */
export function InboxPlanRow({ plan: { planId, items }, isNew }: Props) {
  const [first] = items
  const sum = (what: "added" | "removed" | "hiddenCharacters") =>
    items.reduce((all, item) => all + item[what], 0)
  const flags = [...new Set(items.flatMap((item) => item.flags))]

  return (
    <li className={`border-b border-line ${isNew ? "slide-in" : ""}`}>
      <Link
        data-row
        href={`/plans/${planId}`}
        className="grid min-h-11 grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-3 gap-y-1 px-4 py-2.5 outline-offset-[-2px] hover:bg-hover focus-visible:bg-accent-soft md:grid-cols-[auto_minmax(0,1fr)_104px_176px_80px_104px] xl:grid-cols-[auto_minmax(0,1fr)_104px_240px_80px_104px] md:px-6"
      >
        <TierMark tier={highestTier(items)} />
        <span className="flex min-w-0 flex-wrap items-baseline gap-x-3 gap-y-1">
          <span className="font-medium">A plan, {callWords(items.length)} to decide</span>
          <PlanSentences items={items} />
          {flags.map((flag) => (
            <FlagMark key={flag} words={flagWords(flag, sum("hiddenCharacters"))} />
          ))}
          {items.some(({ isSelfReview }) => isSelfReview) && <FlagMark words={selfReviewWords} />}
        </span>
        <span className="col-start-2 flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted md:contents">
          <span className="md:text-right">
            <LineCounts added={sum("added")} removed={sum("removed")} />
          </span>
          <span className="md:text-right">{whoWords(items.find(({ mayVote }) => mayVote) ?? first)}</span>
          <span className="text-faint md:text-right">
            <Time at={first.requestedAt} as="age" />
          </span>
          <span className="md:text-right">
            <OpeningMark />
            <TimeLeft at={first.expiresAt} since={first.requestedAt} />
          </span>
        </span>
      </Link>
    </li>
  )
}
