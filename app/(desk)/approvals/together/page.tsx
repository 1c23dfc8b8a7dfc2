import type { Metadata } from "next"
import { cookies } from "next/headers"
import { redirect } from "next/navigation"
import { whyNotWords } from "@/components/approvals/rule-words"
import { DeskPage } from "@/components/layout/desk-page"
import { LiveRefresh } from "@/components/layout/live-refresh"
import { RefreshAt } from "@/components/layout/refresh-at"
import { TopBar } from "@/components/layout/top-bar"
import type { ReviewedChange } from "@/components/together/reviewed-change"
import { TogetherReview } from "@/components/together/together-review"
import { EmptyState } from "@/components/ui/empty-state"
import { LinkButton } from "@/components/ui/link-button"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import type { ApprovalPageView } from "@/lib/approvals/approvals.queries"
import { jointVotesMax } from "@/lib/approvals/joint-vote.schema"
import { pagesTogether } from "@/lib/approvals/together.queries"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"

export const metadata: Metadata = { title: "Review together" }

type Props = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>

const crumbs = [{ words: "Inbox", href: "/inbox" }, { words: "Review together" }]

export default async function TogetherPage({ searchParams }: Props) {
  const { ids } = await searchParams
  const asked = askedFor(ids)
  const person = await currentPerson()
  if (person === null) redirect(signInPath(`/approvals/together?ids=${asked.join(",")}`))

  const pages = (await pagesTogether(person, asked)).filter((page) => page !== null)
  if (pages.length === 0) return <Nothing />

  return (
    <>
      <TopBar crumbs={crumbs}>
        <LiveRefresh />
        <RefreshAt time={nextDeadline(pages)} />
        <ShortcutHelp keys={keys} />
      </TopBar>
      <TogetherReview
        changes={pages.map(toChange)}
        missing={asked.length - pages.length}
        layout={(await cookies()).get("deltaseal-diff")?.value === "split" ? "split" : "unified"}
      />
    </>
  )
}

function Nothing() {
  return (
    <DeskPage crumbs={crumbs} title="Review together">
      <EmptyState
        title="No changes were chosen"
        action={
          <LinkButton look="primary" href="/inbox">
            Open the inbox
          </LinkButton>
        }
      >
        Choose several in the inbox, with the box before each or with X, and review them together here.
      </EmptyState>
    </DeskPage>
  )
}

/** At most as many as can be decided in one go, each once. */
function askedFor(ids: string | string[] | undefined): string[] {
  const all = [ids ?? []].flat().flatMap((some) => some.split(","))
  return [...new Set(all.filter((id) => id !== ""))].slice(0, jointVotesMax)
}

function toChange(page: ApprovalPageView, at: number): ReviewedChange {
  const { approval, input, tool, viewer, isSelfReview } = page
  const whyNot = viewer.whyNot === null ? null : whyNotWords(viewer.whyNot, viewer.edited)
  return { number: at + 1, approval, input, pinnedAt: tool.pinnedAt, whyNot, isSelfReview }
}

/** When time alone changes what this page says of one of them. */
function nextDeadline(pages: readonly ApprovalPageView[]): string | null {
  const waiting = pages.filter(({ approval }) => approval.status === "pending")
  return waiting.map(({ approval }) => approval.expiresAt).toSorted()[0] ?? null
}

const keys = [
  { key: "A", does: "approve all that are part of the decision, once all of each was on screen" },
  { key: "D", does: "deny them: opens the reason" },
  { key: "N", does: "show what was not on screen yet" },
  { key: "]", does: "next change" },
  { key: "[", does: "change before it" },
  { key: "Esc", does: "close the reason" },
] as const
