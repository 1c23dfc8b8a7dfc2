import type { Metadata } from "next"
import { cookies } from "next/headers"
import { notFound, redirect } from "next/navigation"
import { LiveRefresh } from "@/components/layout/live-refresh"
import { RefreshAt } from "@/components/layout/refresh-at"
import { TopBar } from "@/components/layout/top-bar"
import { PlanReview } from "@/components/plans/plan-review"
import { shortId } from "@/components/ui/short-id"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { othersInRun } from "@/lib/approvals/talk.service"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { AppError } from "@/lib/errors/app-error"
import { planPage, type PlanPageView } from "@/lib/plans/plan-page.queries"

type Props = Readonly<{ params: Promise<{ planId: string }> }>

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: shortId((await params).planId) }
}

export default async function PlanPage({ params }: Props) {
  const { planId } = await params
  const path = `/plans/${planId}`
  const person = await currentPerson()
  if (person === null) redirect(signInPath(path))

  const page = await planPage(person, planId).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") notFound()
    if (error instanceof AppError && error.code === "unauthenticated") redirect(signInPath(path))
    throw error
  })
  const { tenantId, runId } = page.plan
  const tenantName = person.tenants.find((tenant) => tenant.tenantId === tenantId)?.name ?? tenantId

  return (
    <>
      <TopBar
        crumbs={[
          { words: "Inbox", href: "/inbox" },
          { words: tenantName, href: `/inbox?tenant=${tenantId}` },
          { words: shortId(planId) },
        ]}
      >
        <LiveRefresh subjectId={runId} />
        <RefreshAt time={nextDeadline(page.calls)} />
        <ShortcutHelp keys={keys} />
      </TopBar>
      <PlanReview
        page={page}
        othersInRun={await othersInRun(person, page.plan, page.plan.items)}
        layout={layoutIn((await cookies()).get("deltaseal-diff")?.value)}
      />
    </>
  )
}

/** The remembered choice of how diffs are laid out. */
function layoutIn(cookie: string | undefined): "unified" | "split" {
  return cookie === "split" ? "split" : "unified"
}

/** When time alone changes what this page says of one of its calls. */
function nextDeadline(calls: PlanPageView["calls"]): string | null {
  const times = calls.flatMap(({ approval: { status, expiresAt, useBy } }) => {
    if (status === "pending") return [expiresAt]
    return status === "approved" && useBy !== null ? [useBy] : []
  })
  return times.toSorted()[0] ?? null
}

const keys = [
  { key: "A", does: "approve all calls, once all of them was on screen" },
  { key: "D", does: "deny them: opens the reason" },
  { key: "R", does: "ask for changes: opens what should be different" },
  { key: "C", does: "add a note to the approval" },
  { key: "N", does: "show what was not on screen yet" },
  { key: "]", does: "next part of the plan" },
  { key: "[", does: "part before it" },
  { key: "J", does: "next in inbox" },
  { key: "U", does: "back to the inbox" },
  { key: "Esc", does: "close the reason" },
] as const
