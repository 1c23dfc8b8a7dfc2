import type { Metadata } from "next"
import Link from "next/link"
import { redirect } from "next/navigation"
import { Suspense } from "react"
import { DecidedList } from "@/components/approvals/decided-list"
import { inboxEntries } from "@/components/approvals/inbox-entries"
import { inboxGroups } from "@/components/approvals/inbox-groups"
import { InboxList } from "@/components/approvals/inbox-list"

import { LiveRefresh } from "@/components/layout/live-refresh"
import { RefreshAt } from "@/components/layout/refresh-at"
import { TopBar } from "@/components/layout/top-bar"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { ListSkeleton } from "@/components/ui/skeleton"
import type { PersonActor, TenantAccess } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { inboxOf } from "../inbox-of"

export const metadata: Metadata = { title: "Inbox" }

type Props = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>

export default async function InboxPage({ searchParams }: Props) {
  const person = await currentPerson()
  if (person === null) redirect(signInPath("/inbox"))

  const { tenant: asked } = await searchParams
  const tenant = person.tenants.find(({ tenantId }) => tenantId === asked)

  return (
    <>
      <TopBar crumbs={[{ words: "Inbox" }, ...(tenant ? [{ words: tenant.name }] : [])]}>
        <LiveRefresh />
        <ShortcutHelp keys={keys} />
      </TopBar>
      <main id="content" tabIndex={-1} className="flex flex-1 flex-col gap-8 py-4 outline-none md:py-5">
        <Suspense fallback={<ListSkeleton label="Reading the inbox" />}>
          <Waiting person={person} tenant={tenant} />
        </Suspense>
      </main>
    </>
  )
}

type WaitingProps = Readonly<{ person: PersonActor; tenant: TenantAccess | undefined }>

async function Waiting({ person, tenant }: WaitingProps) {
  const { pending, decidedToday } = await inboxOf(person)
  const isShown = (item: { tenantId: string }) => tenant === undefined || item.tenantId === tenant.tenantId
  const waiting = pending.filter(isShown)
  const decided = decidedToday.filter(isShown)

  return (
    <>
      <RefreshAt time={waiting[0]?.expiresAt ?? null} />
      <div className="flex flex-wrap items-baseline gap-x-3 px-4 md:px-6">
        <h1 className="text-lg font-semibold">{headline(waiting.length, inboxEntries(waiting).length)}</h1>
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
      <DecidedList items={decided} />
    </>
  )
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
