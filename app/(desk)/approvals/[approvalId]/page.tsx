import type { Metadata } from "next"
import { cookies } from "next/headers"
import { notFound, redirect } from "next/navigation"
import { ApprovalReview } from "@/components/approvals/approval-review"
import { shortId } from "@/components/ui/short-id"
import { LiveRefresh } from "@/components/layout/live-refresh"
import { RefreshAt } from "@/components/layout/refresh-at"
import { TopBar } from "@/components/layout/top-bar"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { approvalPage } from "@/lib/approvals/approvals.queries"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { AppError } from "@/lib/errors/app-error"

type Props = Readonly<{ params: Promise<{ approvalId: string }> }>

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: shortId((await params).approvalId) }
}

export default async function ApprovalPage({ params }: Props) {
  const { approvalId } = await params
  const path = `/approvals/${approvalId}`
  const person = await currentPerson()
  if (person === null) redirect(signInPath(path))

  const page = await approvalPage(person, approvalId).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") notFound()
    if (error instanceof AppError && error.code === "unauthenticated") redirect(signInPath(path))
    throw error
  })
  const { approval } = page

  return (
    <>
      <TopBar
        crumbs={[
          { words: "Inbox", href: "/inbox" },
          { words: approval.tenantName, href: `/inbox?tenant=${approval.tenantId}` },
          { words: shortId(approvalId) },
        ]}
      >
        <LiveRefresh subjectId={approvalId} />
        <RefreshAt time={nextDeadline(approval)} />
        <ShortcutHelp keys={keys} />
      </TopBar>
      <ApprovalReview page={page} layout={layoutIn((await cookies()).get("deltaseal-diff")?.value)} />
    </>
  )
}

/** The remembered choice of how diffs are laid out. */
function layoutIn(cookie: string | undefined): "unified" | "split" {
  return cookie === "split" ? "split" : "unified"
}

/** When time alone changes what this page says. */
function nextDeadline(
  approval: Readonly<{ status: string; expiresAt: string; useBy: string | null }>,
): string | null {
  if (approval.status === "pending") return approval.expiresAt
  return approval.status === "approved" ? approval.useBy : null
}

const keys = [
  { key: "A", does: "approve this change, once all of it was on screen" },
  { key: "D", does: "deny it: opens the reason" },
  { key: "C", does: "add a comment to the approval" },
  { key: "N", does: "show what was not on screen yet" },
  { key: "J", does: "next in inbox" },
  { key: "U", does: "back to the inbox" },
  { key: "Esc", does: "close the reason" },
] as const
