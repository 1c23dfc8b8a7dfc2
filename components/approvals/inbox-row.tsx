import Link from "next/link"
import type { ReactNode } from "react"
import { flagWords } from "@/components/diffs/flag-words"
import { FlagMark } from "@/components/ui/flag-mark"
import { LineCounts } from "@/components/ui/line-counts"
import { TierMark } from "@/components/ui/tier-mark"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { WhyNoVote } from "@/lib/approvals/approval"
import type { ApprovalSummary } from "@/lib/approvals/approval.schema"
import type { Counted } from "@/lib/approvals/quorum"
import { stillNeeded } from "./rule-words"
import { OpeningMark } from "@/components/ui/opening-mark"
import { TimeLeft } from "./time-left"

export type InboxRowItem = ApprovalSummary &
  Readonly<{
    mayVote: boolean
    whyNot: WhyNoVote | null
    /** In whose place the person who looks would decide, by name. */
    actingFor: string | null
    /** The votes that count now. */
    counted: Counted
    isSelfReview: boolean
    hiddenCharacters: number
    planIndex: number | null
  }>

type Props = Readonly<{
  item: InboxRowItem
  isNew: boolean
  /** The box that chooses it, where it can be chosen. */
  choice: ReactNode
}>

/** One waiting change; all of the row is the link to it. */
export function InboxRow({ item, isNew, choice }: Props) {
  return (
    <li className={`relative border-b border-line ${isNew ? "slide-in" : ""}`}>
      {choice}
      <Link
        data-row
        href={`/approvals/${item.approvalId}`}
        className="grid min-h-11 grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-3 gap-y-1 px-4 py-2.5 outline-offset-[-2px] hover:bg-hover focus-visible:bg-accent-soft md:grid-cols-[auto_minmax(0,1fr)_104px_176px_80px_104px] xl:grid-cols-[auto_minmax(0,1fr)_104px_240px_80px_104px] md:px-6"
      >
        <TierMark tier={item.tier} />
        <span className="flex min-w-0 flex-wrap items-baseline gap-x-3 gap-y-1">
          <span className="font-medium">
            <Visible text={item.sentence} />
          </span>
          <span className="font-mono text-xs text-faint">
            {item.server} · {item.tool}
          </span>
          {item.flags.map((flag) => (
            <FlagMark key={flag} words={flagWords(flag, item.hiddenCharacters)} />
          ))}
          {item.isSelfReview && <FlagMark words={selfReviewWords} />}
        </span>
        <span className="col-start-2 flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted md:contents">
          <span className="md:text-right">
            <LineCounts added={item.added} removed={item.removed} />
          </span>
          <span className="md:text-right">{whoWords(item)}</span>
          <span className="text-faint md:text-right">
            <Time at={item.requestedAt} as="age" />
          </span>
          <span className="md:text-right">
            <OpeningMark />
            <TimeLeft at={item.expiresAt} since={item.requestedAt} />
          </span>
        </span>
      </Link>
    </li>
  )
}

const apart: ReadonlySet<WhyNoVote> = new Set(["separation_of_duties", "edited_recently", "counts_as_one"])

/** Who still has to decide, and where it matters that this is not the person who looks. */
export function whoWords(item: InboxRowItem): string {
  const needed = stillNeeded(item.required, item.counted) ?? "nobody"
  if (item.whyNot === "already_voted") return `you approved, needs ${needed}`
  if (item.whyNot !== null && apart.has(item.whyNot)) return `needs ${needed}, not you`
  return item.actingFor === null ? `needs ${needed}` : `needs ${needed}: you for ${item.actingFor}`
}

export const selfReviewWords = "asked and approved by one person"
