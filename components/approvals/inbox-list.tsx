"use client"

import { useRouter } from "next/navigation"
import { useEffect, useRef } from "react"
import { useRowKeys } from "@/components/ui/row-keys"
import { useShortcuts } from "@/components/ui/use-shortcuts"
import { Visible } from "@/components/ui/visible"
import { inboxEntries } from "./inbox-entries"
import type { InboxGroup } from "./inbox-groups"
import { IdLink } from "@/components/ui/id-link"
import { ChoiceBar, ChoiceBox, useInboxChoice } from "./inbox-choice"
import { InboxPlanRow } from "./inbox-plan-row"
import { InboxRow, type InboxRowItem } from "./inbox-row"
import { shortId } from "@/components/ui/short-id"

/** What waits, by tenant and run. The selection is the focus: J and K move it, Enter, A and D open it, nothing else takes it. */
export function InboxList({ groups }: Readonly<{ groups: readonly InboxGroup<InboxRowItem>[] }>) {
  const list = useRef<HTMLDivElement>(null)
  const known = useKnown(groups.flatMap(({ items }) => inboxEntries(items).map(({ key }) => key)))
  const router = useRouter()
  const focusedRow = () => {
    const row = document.activeElement?.closest<HTMLAnchorElement>("a[data-row]")
    return row && list.current?.contains(row) ? row : null
  }
  const open = (hash: string) => {
    const row = focusedRow()
    if (row) router.push(row.pathname + hash)
  }
  const choice = useInboxChoice(groups.flatMap(({ items }) => items.filter(isOffered).map(idOf)))
  useRowKeys(list)
  // Nothing is decided from here: what was not on screen cannot be approved.
  useShortcuts({
    a: () => open(""),
    d: () => open("#deny"),
    x: () => choice.toggle(focusedRow()?.pathname.split("/").at(-1) ?? ""),
  })

  return (
    <div ref={list} className="flex flex-col gap-6">
      {groups.map(({ key, tenantName, run, runId, items }) => (
        <section key={key} aria-label={`${tenantName}, run ${run.workflow}, ${shortId(runId)}`}>
          <h2 className="flex flex-wrap items-baseline gap-x-2 border-b border-line px-4 pb-1.5 text-sm font-normal text-muted md:px-6">
            <span className="font-semibold text-ink">{tenantName}</span>
            <span>
              run <Visible text={run.workflow} /> ·{" "}
              {run.environment === "prod" ? <b className="font-semibold">prod</b> : run.environment}
              {run.step !== null && (
                <>
                  {" "}
                  · step <Visible text={run.step} />
                </>
              )}
            </span>
            <span className="font-mono text-xs">
              <IdLink href={`/runs/${runId}`} id={runId} />
            </span>
          </h2>
          <ul>
            {inboxEntries(items).map((entry) =>
              entry.planId === null ? (
                <InboxRow
                  key={entry.key}
                  item={entry.item}
                  isNew={!known(entry.key)}
                  choice={isOffered(entry.item) && <ChoiceBox {...entry.item} choice={choice} />}
                />
              ) : (
                <InboxPlanRow key={entry.key} plan={entry} isNew={!known(entry.key)} />
              ),
            )}
          </ul>
        </section>
      ))}
      <ChoiceBar choice={choice} />
    </div>
  )
}

/** What this person may decide, and not as part of a plan, which is decided as one. */
function isOffered({ mayVote, planId }: InboxRowItem): boolean {
  return mayVote && planId === null
}

function idOf({ approvalId }: InboxRowItem): string {
  return approvalId
}

/** Whether an item was here when the page was opened; those that come later slide in. */
function useKnown(ids: readonly string[]): (id: string) => boolean {
  const first = useRef<ReadonlySet<string>>(undefined)
  useEffect(() => {
    first.current ??= new Set(ids)
  }, [ids])

  return (id) => first.current?.has(id) ?? true
}
