import { KeyRound } from "lucide-react"
import Link from "next/link"
import { Effects, Flags } from "@/components/approvals/effects"
import { partWords } from "@/components/approvals/part-words"
import { ruleWords } from "@/components/approvals/rule-words"
import { StatusMark } from "@/components/approvals/status-mark"
import { WholeInput } from "@/components/approvals/whole-input"
import { DiffView } from "@/components/diffs/diff-view"
import { WhyDisclosure } from "@/components/policies/why-disclosure"
import { CallNumber } from "@/components/ui/call-number"
import { IdText } from "@/components/ui/id-text"
import { LineCounts } from "@/components/ui/line-counts"
import { TierMark } from "@/components/ui/tier-mark"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { CallHead } from "./call-head"
import type { PlanCall } from "./reviewed-plan"

type Props = Readonly<{ call: PlanCall }>

/** One call of a plan: what the server says of it, and all that it changes. */
export function CallReview({ call }: Props) {
  const { number, approval, input, pinnedAt } = call
  const titleId = `call${number}-title`

  return (
    <article
      aria-labelledby={titleId}
      className="flex flex-col not-first:border-t not-first:border-line-strong not-first:pt-5"
    >
      <CallHead call={number}>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
          <CallNumber call={number} />
          <TierMark tier={approval.tier} />
          <span className="font-mono text-sm text-ink">
            <Visible text={approval.server} /> · <Visible text={approval.tool} />{" "}
            <Visible text={approval.toolVersion} />
          </span>
          <span>
            definition unchanged since <Time at={pinnedAt} as="day" isFocusable />
          </span>
          {approval.status !== "pending" && (
            <span className="md:ml-auto">
              <StatusMark status={approval.status} execution={approval.execution} />
            </span>
          )}
        </div>
        <Title id={titleId} approval={approval} />
        <Flags flags={approval.flags} hiddenCharacters={sum(approval, "hiddenCharacters")} />
        <Effects effects={approval.effects} />
        <Rule approval={approval} />
        {approval.status === "pending" && approval.stepUpRequired && <SignedAlone approval={approval} />}
      </CallHead>
      <DiffView call={number} />
      <div className="flex flex-col gap-3 pt-4">
        <WholeInput json={input} sha256={approval.input.sha256} />
        <p className="px-3 text-xs text-muted">
          state reported by server <Visible text={approval.server} />, key{" "}
          <span className="font-mono">{approval.requestedBy.keyPrefix}…</span>
        </p>
      </div>
    </article>
  )
}

function Title({ id, approval }: Readonly<{ id: string; approval: ApprovalView }>) {
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
      <h2 id={id} className="min-w-0 flex-1 basis-64 text-base font-semibold text-balance">
        <Visible text={approval.sentence} />
      </h2>
      <span className="text-sm text-muted">
        <LineCounts added={sum(approval, "added")} removed={sum(approval, "removed")} />,{" "}
        {partWords(approval.parts)}
      </span>
    </div>
  )
}

/** What the policy wants signed is approved by itself, on a page that asks for the signature. */
function SignedAlone({ approval: { approvalId } }: Readonly<{ approval: ApprovalView }>) {
  return (
    <p className="flex items-center gap-2 text-sm">
      <KeyRound size={16} aria-hidden className="shrink-0 text-muted" />
      <span>
        Needs your security key:{" "}
        <Link href={`/approvals/${approvalId}`} className="rounded text-accent underline underline-offset-4">
          approve it on its own page
        </Link>
      </span>
    </p>
  )
}

function Rule({ approval }: Readonly<{ approval: ApprovalView }>) {
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1 text-sm">
      <WhyDisclosure
        words={
          <>
            asked for by{" "}
            {approval.matchedRule === null ? (
              ruleWords(approval)
            ) : (
              <>
                rule “<Visible text={approval.matchedRule} />”
              </>
            )}{" "}
            (policy version {approval.policyVersion})
          </>
        }
        checks={approval.checks}
      />
      <span className="flex flex-wrap items-baseline gap-x-2 text-muted">
        <span className="font-mono text-xs">hash {approval.changeHash.slice(0, 8)}</span>
        <IdText
          id={approval.approvalId}
          label="Copy the approval's id"
          href={`/approvals/${approval.approvalId}`}
        />
      </span>
    </div>
  )
}

function sum({ parts }: ApprovalView, what: "added" | "removed" | "hiddenCharacters"): number {
  return parts.reduce((all, part) => all + part[what], 0)
}
