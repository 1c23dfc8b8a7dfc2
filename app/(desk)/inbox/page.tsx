import type { Metadata } from "next"
import Link from "next/link"
import { redirect } from "next/navigation"
import { Suspense } from "react"
import { DecidedList } from "@/components/approvals/decided-list"
import { inboxEntries } from "@/components/approvals/inbox-entries"
import { inboxGroups } from "@/components/approvals/inbox-groups"
import { InboxDigest } from "@/components/approvals/inbox-digest"
import { InboxList } from "@/components/approvals/inbox-list"

import { LiveRefresh } from "@/components/layout/live-refresh"
import { RefreshAt } from "@/components/layout/refresh-at"
import { TopBar } from "@/components/layout/top-bar"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { ListSkeleton } from "@/components/ui/skeleton"
import type { PersonActor, TenantAccess } from "@/lib/access/actor"
import type { InboxItem } from "@/lib/approvals/approvals.queries"
import { digestOf, listedMax, waitingRuns } from "@/lib/approvals/inbox-digest.queries"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { inboxOf } from "../inbox-of"

export const metadata: Metadata = { title: "Inbox" }

type Props = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>

export default async function InboxPage({ searchParams }: Props) {
  const person = await currentPerson()
  if (person === null) redirect(signInPath("/inbox"))

  const { tenant: asked, run } = await searchParams
  const tenant = person.tenants.find(({ tenantId }) => tenantId === asked)

  return (
    <>
      <TopBar crumbs={[{ words: "Inbox" }, ...(tenant ? [{ words: tenant.name }] : [])]}>
        <LiveRefresh />
        <ShortcutHelp keys={keys} />
      </TopBar>
      <main id="content" tabIndex={-1} className="flex flex-1 flex-col gap-8 py-4 outline-none md:py-5">
        <Suspense fallback={<ListSkeleton label="Reading the inbox" />}>
          <Waiting person={person} tenant={tenant} runId={typeof run === "string" ? run : undefined} />
        </Suspense>
      </main>
    </>
  )
}

type WaitingProps = Readonly<{
  person: PersonActor
  tenant: TenantAccess | undefined
  /** The one run that is looked at; nothing of it is left out. */
  runId: string | undefined
}>

async function Waiting({ person, tenant, runId }: WaitingProps) {
  // As the frame asks for it, so that both are one reading.
  const { pending, decidedToday } = await (runId === undefined ? inboxOf(person) : inboxOf(person, runId))
  const isShown = (item: { tenantId: string }) => tenant === undefined || item.tenantId === tenant.tenantId
  const { listed, more } = await listedOf(person, pending.filter(isShown), runId)
  const waiting = listed
  const besides = more.filter(isShown)
  const count = waiting.length + besides.reduce((sum, run) => sum + run.waiting, 0)
  const decided = decidedToday.filter(isShown)

  return (
    <>
      <RefreshAt time={waiting[0]?.expiresAt ?? null} />
      <div className="flex flex-wrap items-baseline gap-x-3 px-4 md:px-6">
        <h1 className="text-lg font-semibold">
          {headline(count, besides.length === 0 ? inboxEntries(waiting).length : count)}
        </h1>
        {runId !== undefined && (
          <p className="text-sm text-muted">
            only one run ·{" "}
            <Link href="/inbox" className="rounded text-accent underline underline-offset-4">
              show all runs
            </Link>
          </p>
        )}
        {tenant && (
          <p className="text-sm text-muted">
            only {tenant.name} ·{" "}
            <Link href="/inbox" className="rounded text-accent underline underline-offset-4">
              show all clients
            </Link>
          </p>
        )}
      </div>
      {waiting.length > 0 ? (
        <InboxList groups={inboxGroups(waiting)} />
      ) : (
        <p className="px-4 text-muted md:px-6">
          When an agent asks to change something, it appears here by itself.
          {decided.length === 0 && " Nothing was decided in the last day either."}
        </p>
      )}
      <InboxDigest runs={besides} />
      <DecidedList items={decided} />
    </>
  )
}

/** Few are listed one by one, all of them; of many only the first, and the runs of the rest. */
async function listedOf(person: PersonActor, pending: readonly InboxItem[], runId: string | undefined) {
  if (runId !== undefined || pending.length <= listedMax) return { listed: pending, more: [] }
  return digestOf(pending, await waitingRuns(person, null))
}

function headline(changes: number, decisions: number): string {
  if (changes === 0) return "Nothing is waiting for a decision"
  if (changes === 1) return "1 change is waiting"
  if (decisions === changes) return `${changes} changes are waiting`
  return `${changes} changes are waiting for ${decisions === 1 ? "one decision" : `${decisions} decisions`}`
}

const keys = [
  { key: "J", does: "down" },
  { key: "K", does: "up" },
  { key: "Enter", does: "open the selected change or plan" },
  { key: "A", does: "open it to approve it, once all of it was on screen" },
  { key: "D", does: "open it to deny it: opens the reason" },
  { key: "X", does: "choose it, to review several together" },
  { key: "?", does: "this list" },
] as const
